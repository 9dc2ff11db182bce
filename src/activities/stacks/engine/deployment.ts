import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../base/json.ts';
import type { StackAddress } from '../../../aws/clients.ts';

/** One deployment of a stack: what is to be there, and who wants it. */
export interface StackDeployment extends StackAddress {
  /** Names this deployment; whoever comes again with the same identity and contents finds and continues what was begun. */
  readonly identity: string;
  readonly template: TemplateFile;
  readonly parameters: { readonly [name: string]: string };
  readonly capabilities: readonly string[];
  readonly tags: { readonly [name: string]: string };
  /**
   * Nothing in it is deleted to clean up: a stack that is being created stays when the deployment is cancelled. Changes that
   * destroy what holds data wait for approval.
   */
  readonly protected: boolean;
  readonly settings?: StackSettings;
}

/** How a stack is deployed, as far as the playbook says; everything may be left out. */
export interface StackSettings {
  /** Parameters without a value here, which keep the one that the stack has. */
  readonly keepParameters?: readonly string[] | undefined;
  /** ARN of the role that CloudFormation acts with. It sticks to the stack. */
  readonly serviceRole?: string | undefined;
  /** Alarms that roll an operation back when they go off. */
  readonly rollbackAlarms?: RollbackAlarms | undefined;
  /** Absent: left as it is. */
  readonly terminationProtection?: boolean | undefined;
  /** Set after the operation, since it may speak of resources that the operation creates. */
  readonly stackPolicy?: JsonObject | undefined;
  /** What is done about an operation of somebody else. Default: `wait`. */
  readonly whenBusy?: 'wait' | 'fail' | undefined;
  /** Deletes a stack whose creation failed, and creates it again. Never in what is protected. */
  readonly recreate?: boolean | undefined;
  /** Deletes a stack again whose deletion failed, and creates it. Never in what is protected. */
  readonly retryDelete?: boolean | undefined;
  /** Milliseconds after which the deployment is stopped, and AWS brought to rest. Absent: only the waiting ends. */
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
  /** Path within it. */
  readonly path: string;
  /** Hex SHA-256 that the compilation recorded; `null` where the file was missing. */
  readonly digest: string | null;
}

/**
 * Names under which a deployment is known to AWS, a different one for each request; the same for each attempt, so that a later
 * one finds the work of an earlier.
 */
export class OperationNames {
  readonly changeSet: string;
  readonly description: string;

  /**
   * Derives the names from the identity and the contents. AWS refuses a repeated request whose attributes differ, so nothing in
   * them may come from a clock or be random.
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
   * Token of CreateChangeSet. A plan that was made against another state of the stack is another request.
   *
   * @param updated when the stack last changed, as AWS says
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

  /** Token of the request that deletes what a failed creation, or a failed deletion, has left. */
  get delete(): string {
    return `${this.changeSet}-delete`;
  }

  /** Token of the request that rolls back an update that stopped half-way. */
  get rollBack(): string {
    return `${this.changeSet}-roll-back`;
  }

  /** @param time from 1: a rollback may have to be continued several times */
  continueRollback(time: number): string {
    return `${this.changeSet}-continue-${time}`;
  }

  /** Whether a token is one of this deployment's. */
  owns(token: string | undefined): boolean {
    return token?.startsWith(`${this.changeSet}-`) === true;
  }
}

/** Description of a deployment's change set; CloudFormation takes 1024 characters. */
export function descriptionOf(identity: string): string {
  return `phasegate ${identity}`.slice(0, 1024);
}

/** @param changeSet its name */
export function settleToken(changeSet: string): string {
  return `${changeSet}-settle`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
