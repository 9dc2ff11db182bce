import {
  AlreadyExistsException,
  ChangeSetNotFoundException,
  CloudFormationServiceException,
  InvalidChangeSetStatusException,
  TokenAlreadyExistsException,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import {
  createChangeSet,
  deleteChangeSet,
  executeChangeSet,
  findChangeSet,
  isExecuted,
  isPending,
  isWithoutChanges,
} from './change-set.ts';
import type { ChangeSet } from './change-set.ts';
import { explained } from './errors.ts';
import { howToMend, STALE_READS, StackFollower, type StackProgress } from './follow.ts';
import { operationNames, type OperationNames, type StackDeployment } from './deployment.ts';
import { Pace } from './pace.ts';
import { describeStack, outputsOf } from './stack.ts';
import { StackState } from './stack-status.ts';
import { readTemplateBody } from './template.ts';

export interface DeployOptions {
  /** Milliseconds until the deployment is given up, without stopping anything on AWS. Default: 6 hours. */
  readonly timeoutMs?: number;
  /** Told of everything that happens to the stack. */
  onProgress?(progress: StackProgress): void;
}

export interface DeployedStack {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly stackId: string;
  readonly status: string;
  readonly outputs: { readonly [name: string]: string };
  /** Resources that were done. */
  readonly resources: number;
}

const SIX_HOURS = 6 * 60 * 60 * 1000;

/**
 * Brings a stack to what its template says, through a change set. Looks first whether an earlier attempt of the same deployment
 * has begun it, and then only follows that one to its end. An operation of somebody else is waited for.
 *
 * @throws PermanentError when a person has to act; any other error is worth another attempt
 */
export async function deployStack(deployment: StackDeployment, options: DeployOptions = {}): Promise<DeployedStack> {
  return explained(deployment, () => new DeploymentRun(deployment, options).run());
}

class DeploymentRun {
  readonly #deployment: StackDeployment;
  readonly #names: OperationNames;
  readonly #report: (progress: StackProgress) => void;
  readonly #pace: Pace;
  readonly #follower: StackFollower;
  /** How often a change set was found executed without any event of it. */
  #looks = 0;

  constructor(deployment: StackDeployment, options: DeployOptions) {
    this.#deployment = deployment;
    this.#names = operationNames(deployment);
    this.#report = (progress) => options.onProgress?.(progress);
    this.#pace = new Pace(deployment, options.timeoutMs ?? SIX_HOURS);
    this.#follower = new StackFollower(deployment, this.#names, this.#pace, this.#report);
  }

  async run(): Promise<DeployedStack> {
    for (;;) {
      const stack = await describeStack(this.#deployment);
      if (stack !== undefined && (await this.#follower.hasBegun(stack.StackId ?? ''))) return this.#finish();
      const state = stack && StackState.of(stack.StackStatus);
      if (state?.readiness === 'stuck') throw this.#stuck(state);
      if (state?.readiness !== 'busy') {
        const changeSet = await this.#prepare(stack, state);
        if (changeSet !== undefined && isWithoutChanges(changeSet)) return this.#unchanged(changeSet, stack);
        if (changeSet !== undefined && (await this.#execute(changeSet))) return this.#finish(changeSet);
      } else {
        this.#report({ status: `waits for another operation: ${state.status}`, done: 0 });
      }
      await this.#pace.pause(false);
    }
  }

  /** @returns the change set once AWS has worked it out; nothing when the stack has to be looked at again */
  async #prepare(stack: Stack | undefined, state: StackState | undefined): Promise<ChangeSet | undefined> {
    const isNew = state === undefined || state.readiness === 'absent';
    const existing = stack && (await findChangeSet(this.#deployment, this.#names.changeSet));
    const id = existing?.id ?? (await this.#create(isNew));
    if (id === undefined) return undefined;
    let changeSet = await findChangeSet(this.#deployment, id);
    while (changeSet !== undefined && isPending(changeSet)) {
      await this.#pace.pause(true);
      changeSet = await findChangeSet(this.#deployment, id);
    }
    return changeSet;
  }

  async #create(isNew: boolean): Promise<string | undefined> {
    const { template, parameters, capabilities, tags } = this.#deployment;
    const templateBody = await readTemplateBody(template.folder, template.path, template.digest);
    const contents = { templateBody, parameters, capabilities, tags };
    try {
      return await createChangeSet(this.#deployment, isNew ? 'CREATE' : 'UPDATE', this.#names, contents);
    } catch (error) {
      // Somebody was quicker: the stack exists by now, or the answer to our own first request was lost.
      if (error instanceof AlreadyExistsException) return undefined;
      if (isValidationError(error) && (await this.#isBusy())) return undefined;
      throw error;
    }
  }

  /** CloudFormation has only words for a stack that somebody else has begun to change meanwhile; its status says the same. */
  async #isBusy(): Promise<boolean> {
    const stack = await describeStack(this.#deployment);
    return stack !== undefined && StackState.of(stack.StackStatus).readiness === 'busy';
  }

  /** @returns whether the change set is being executed; otherwise it has to be looked at again */
  async #execute(changeSet: ChangeSet): Promise<boolean> {
    const { status, execution, reason } = changeSet;
    // Executed by an earlier attempt: its events are on their way, and tell how it ended.
    if (isExecuted(changeSet) && this.#looks < STALE_READS) {
      this.#looks += 1;
      return execution === 'EXECUTE_IN_PROGRESS';
    }
    if (status === 'FAILED') {
      await deleteChangeSet(this.#deployment, changeSet);
      throw this.#refused(`CloudFormation refuses the change: ${reason}`);
    }
    if (execution !== 'AVAILABLE') {
      throw this.#refused(`somebody else has changed the stack meanwhile (its change set is ${execution ?? 'gone'}).`);
    }
    try {
      await executeChangeSet(this.#deployment, changeSet, this.#names);
      return true;
    } catch (error) {
      if (error instanceof TokenAlreadyExistsException) return true;
      // Executed by the request whose answer was lost, or overtaken by another operation: what is there will tell.
      if (error instanceof InvalidChangeSetStatusException || error instanceof ChangeSetNotFoundException) return false;
      throw error;
    }
  }

  async #unchanged(changeSet: ChangeSet, stack: Stack | undefined): Promise<DeployedStack> {
    await deleteChangeSet(this.#deployment, changeSet);
    const outputs = stack === undefined ? {} : outputsOf(stack);
    return {
      outcome: 'unchanged',
      stackId: changeSet.stackId,
      status: stack?.StackStatus ?? '',
      outputs,
      resources: 0,
    };
  }

  async #finish(changeSet?: ChangeSet): Promise<DeployedStack> {
    const { stack, status, resources } = await this.#follower.untilComplete(changeSet);
    return {
      outcome: status === 'CREATE_COMPLETE' ? 'created' : 'updated',
      stackId: stack.StackId ?? '',
      status,
      outputs: outputsOf(stack),
      resources,
    };
  }

  #stuck(state: StackState): PermanentError {
    return this.#refused(`it is ${state.status}, and takes no update. ${howToMend(state, this.#deployment)}`);
  }

  #refused(why: string): PermanentError {
    const { stackName, region } = this.#deployment;
    return new PermanentError(`Stack ${stackName} in ${region}: ${why}`);
  }
}

function isValidationError(error: unknown): boolean {
  return error instanceof CloudFormationServiceException && error.name === 'ValidationError';
}
