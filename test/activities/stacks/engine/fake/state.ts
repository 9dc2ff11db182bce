import type { StackStatus } from '@aws-sdk/client-cloudformation';

/** What the fake knows of a stack; plain data, so that it can be copied. */
export interface FakeStack {
  readonly id: string;
  readonly name: string;
  status: StackStatus;
  readonly created: Date;
  updated?: Date;
  template: string;
  parameters: Record<string, string>;
  tags: Record<string, string>;
  capabilities: string[];
  changeSetId?: string;
  roleArn?: string;
  alarms: string[];
  monitoringMinutes?: number | undefined;
  policy?: string;
  terminationProtection: boolean;
  resources: Record<string, FakeResource>;
  /** Oldest first. */
  events: FakeEvent[];
}

export interface FakeResource {
  readonly type: string;
  physicalId: string;
}

export interface FakeEvent {
  readonly id: string;
  readonly stackId: string;
  readonly at: Date;
  readonly resource: string;
  readonly type: string;
  readonly physicalId: string;
  readonly status: string;
  readonly reason?: string;
  readonly token?: string | undefined;
  readonly operationId: string;
}

export interface FakeChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly type: 'CREATE' | 'UPDATE';
  /** All that was sent; another request with this name has to be the same. */
  readonly request: string;
  readonly token: string | undefined;
  readonly description: string | undefined;
  readonly template: string;
  readonly parameters: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly capabilities: string[];
  readonly roleArn: string | undefined;
  readonly alarms: string[];
  readonly monitoringMinutes: number | undefined;
  readonly created: Date;
  readonly includesNested: boolean;
  status: 'CREATE_PENDING' | 'CREATE_COMPLETE' | 'FAILED';
  execution: 'UNAVAILABLE' | 'AVAILABLE' | 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED' | 'OBSOLETE';
  reason?: string;
  changes: FakeChange[];
  invalid: { resource: string; reason: string }[];
}

export interface FakeChange {
  readonly action: 'Add' | 'Modify' | 'Remove' | 'Dynamic';
  readonly resource: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly replacement?: string;
  readonly policyAction?: string;
  readonly nestedSet?: string;
  readonly before?: string;
  readonly after?: string;
}

/** One effect of a request. */
export interface Mutation {
  readonly operation: string;
  readonly stack: string;
  readonly token: string | undefined;
}

/** What CloudFormation refuses. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
