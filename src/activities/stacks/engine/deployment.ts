import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../base/json.ts';
import type { StackAddress } from '../../../aws/clients.ts';

/** One deployment of a stack: its wanted contents, and its identity. */
export interface StackDeployment extends StackAddress {
  /** Identifies the deployment. An attempt with the same identity and contents continues the work of earlier attempts. */
  readonly identity: string;
  readonly template: TemplateFile;
  readonly parameters: { readonly [name: string]: string };
  readonly capabilities: readonly string[];
  readonly tags: { readonly [name: string]: string };
  /**
   * In a protected environment no stack is deleted to clean up: a stack that is being created stays when the deployment is cancelled.
   * Changes that destroy stateful resources wait for approval.
   */
  readonly protected: boolean;
  readonly settings?: StackSettings;
}

/** Deployment settings from the playbook; all are optional. */
export interface StackSettings {
  /** Parameters without a value here, which keep their current value in the stack. */
  readonly keepParameters?: readonly string[] | undefined;
  /** ARN of the role that CloudFormation assumes. The stack keeps it for later operations. */
  readonly serviceRole?: string | undefined;
  /** Alarms that roll an operation back when they go off. */
  readonly rollbackAlarms?: RollbackAlarms | undefined;
  /** Absent: not changed. */
  readonly terminationProtection?: boolean | undefined;
  /** Set after the operation, because it may name resources that the operation creates. */
  readonly stackPolicy?: JsonObject | undefined;
  /** Action when another operation is running on the stack. Default: `wait`. */
  readonly whenBusy?: 'wait' | 'fail' | undefined;
  /** Deletes a stack whose creation failed, and creates it again. Never in a protected environment. */
  readonly recreate?: boolean | undefined;
  /** Retries a failed deletion of the stack, and then creates it. Never in a protected environment. */
  readonly retryDelete?: boolean | undefined;
  /** Milliseconds after which the deployment is stopped and settled. Absent: after six hours the waiting ends, and AWS goes on. */
  readonly deadlineMs?: number | undefined;
  /** Bucket for templates that are too large for a request. */
  readonly templateBucket?: string | undefined;
}

export interface RollbackAlarms {
  /** ARNs of one to five alarms. */
  readonly arns: readonly string[];
  /** Minutes after the operation in which the alarms still count, 0 to 180. */
  readonly minutes: number;
}

export interface TemplateFile {
  /** Absolute path of the phase folder. */
  readonly folder: string;
  /** Path within the phase folder. */
  readonly path: string;
  /** Hex SHA-256 that the compilation recorded; `null` when the file was missing. */
  readonly digest: string | null;
}

/**
 * Names and tokens of a deployment on AWS. Each kind of request has its own token. All attempts of a deployment use the same ones, so
 * that a later attempt finds the work of an earlier one.
 */
export class OperationNames {
  readonly changeSet: string;
  readonly description: string;

  /**
   * Derives the names from the identity and the contents. They must not depend on the time or on random numbers, because AWS refuses a
   * repeated request with other attributes.
   */
  constructor(deployment: StackDeployment) {
    const { identity, region, stackName, template, parameters, capabilities, tags, settings = {} } = deployment;
    const { serviceRole, rollbackAlarms, keepParameters } = settings;
    const how = [serviceRole, rollbackAlarms, keepParameters];
    const key = JSON.stringify([identity, region, stackName, template.digest, parameters, capabilities, tags, how]);
    this.changeSet = `phasegate-${digest(key)}`;
    this.description = descriptionOf(identity);
  }

  /**
   * Token of CreateChangeSet. A change set for another state of the stack is another request.
   *
   * @param updated time of the stack's last update, from AWS
   */
  create(updated: Date | undefined): string {
    return updated === undefined ? this.changeSet : `${this.changeSet}-${digest(updated.toISOString()).slice(0, 8)}`;
  }

  /** Token of ExecuteChangeSet; every event of the operation carries it. */
  get execute(): string {
    return `${this.changeSet}-execute`;
  }

  /** Token of the request that settles the deployment after a cancellation. */
  get settle(): string {
    return settleToken(this.changeSet);
  }

  /** Token of the request that deletes a stack after a failed creation or deletion. */
  get delete(): string {
    return `${this.changeSet}-delete`;
  }

  /** Token of the request that rolls back an update that has stopped half-way. */
  get rollBack(): string {
    return `${this.changeSet}-roll-back`;
  }

  /** @param time counted from 1, because a rollback may have to be continued several times */
  continueRollback(time: number): string {
    return `${this.changeSet}-continue-${time}`;
  }

  /** True when a token belongs to this deployment. */
  owns(token: string | undefined): boolean {
    return token?.startsWith(`${this.changeSet}-`) === true;
  }
}

/** Description of a deployment's change set. CloudFormation allows 1024 characters. */
export function descriptionOf(identity: string): string {
  return `phasegate ${identity}`.slice(0, 1024);
}

/** @param changeSet name of the change set */
export function settleToken(changeSet: string): string {
  return `${changeSet}-settle`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
