import {
  ChangeSetNotFoundException,
  InvalidChangeSetStatusException,
  TokenAlreadyExistsException,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../activities/define.ts';
import { deleteChangeSet, executeChangeSet, isExecuted, isWithoutChanges, type ChangeSet } from './change-set.ts';
import { readChanges } from './changes.ts';
import { withdrawChangeSet } from './delete-stack.ts';
import { OperationNames, type StackDeployment } from './deployment.ts';
import { destructionDigest, destructiveChanges, type DestructiveChange } from './destructive.ts';
import { diagnoseChangeSet } from './diagnose.ts';
import { explained } from './errors.ts';
import { EventReader } from './events.ts';
import { STALE_READS, StackFollower, type StackProgress } from './follow.ts';
import { DeadlineError, Pace } from './pace.ts';
import { requireParameters } from './parameters.ts';
import { discardChangeSet, loadTemplate, prepareChangeSet, type DeployedTemplate } from './prepare.ts';
import { protectStack } from './protect.ts';
import { remedy } from './remedy.ts';
import { settleStack } from './settle-stack.ts';
import { isAsWanted } from './skip.ts';
import { describeStack, outputsOf } from './stack.ts';
import { StackState } from './stack-status.ts';

export interface DeployOptions {
  /** Milliseconds since 1970 from which the deadline counts, whatever attempt this is. Default: now. */
  readonly begunAt?: number;
  /**
   * Whether nothing of this deployment can have been begun before, so that a stack at rest need not be asked for it. Default:
   * false. Where it is wrongly true, what was done before counts as unchanged.
   */
  readonly isFirstAttempt?: boolean;
  /** Digest of the destructive changes that have been approved; see AwaitingApproval. */
  readonly approved?: string | undefined;
  /** Milliseconds of the shortest pause between two looks at AWS. Default: 500. */
  readonly shortestPauseMs?: number;
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
  /** Resources that should have been deleted while an update cleaned up and could not be, each with the reason. */
  readonly orphans: readonly string[];
  /** Why nothing was done, when it is unchanged. */
  readonly reason?: string;
}

/** Nothing was executed: in what is protected, these changes first need somebody's word. The change set is still there. */
export interface AwaitingApproval {
  readonly outcome: 'needs approval';
  readonly stackId: string;
  readonly changeSetId: string;
  readonly changes: readonly DestructiveChange[];
  /** What an approval has to name: the changes, the template and the stack. */
  readonly digest: string;
}

/** After that time a deployment without a deadline is waited for no longer. */
const SIX_HOURS = 6 * 60 * 60 * 1000;
/** How often a plan is made again because somebody else has changed the stack meanwhile. */
const PLANS = 5;

/**
 * Brings a stack to what its template says, through a change set. Looks first whether an earlier attempt of the same deployment
 * has begun it, and then only follows that one to its end.
 *
 * @throws PermanentError when a person has to act; any other error is worth another attempt
 */
export async function deployStack(
  deployment: StackDeployment,
  options: DeployOptions = {},
): Promise<DeployedStack | AwaitingApproval> {
  const { deadlineMs } = deployment.settings ?? {};
  try {
    return await explained(deployment, () => new DeploymentRun(deployment, options).run());
  } catch (error) {
    if (!(error instanceof DeadlineError) || deadlineMs === undefined) throw error;
    const settled = await settleStack(deployment);
    const { stackName, region } = deployment;
    const minutes = Math.round(deadlineMs / 60_000);
    throw new PermanentError(
      `Stack ${stackName} in ${region} took longer than its deadline of ${minutes} min: ${settled}. Send retry to try again.`,
    );
  }
}

class DeploymentRun {
  readonly #deployment: StackDeployment;
  readonly #options: DeployOptions;
  readonly #names: OperationNames;
  readonly #pace: Pace;
  readonly #follower: StackFollower;
  #source: DeployedTemplate | undefined;
  #mayHaveBegun: boolean;
  #plans = 0;
  /** How often a change set was found executed without any event of it. */
  #looks = 0;

  constructor(deployment: StackDeployment, options: DeployOptions) {
    this.#deployment = deployment;
    this.#options = options;
    this.#names = new OperationNames(deployment);
    const deadline = (options.begunAt ?? Date.now()) + (deployment.settings?.deadlineMs ?? SIX_HOURS);
    this.#pace = new Pace(deployment, deadline, options.shortestPauseMs);
    this.#follower = new StackFollower(deployment, this.#names, this.#pace, (progress) => {
      this.#report(progress);
    });
    this.#mayHaveBegun = options.isFirstAttempt !== true;
  }

  async run(): Promise<DeployedStack | AwaitingApproval> {
    await this.#requireParameters();
    for (;;) {
      const stack = await describeStack(this.#deployment);
      const state = stack && StackState.of(stack.StackStatus);
      if (stack !== undefined && (this.#mayHaveBegun || state?.readiness === 'busy')) {
        if (await this.#follower.hasBegun(stack.StackId ?? '')) return this.#finish();
      }
      const done = await this.#next(stack, state);
      if (done !== undefined) return done;
    }
  }

  /** Tells what is missing before AWS is asked for anything. What was begun goes on, whatever the file says by now. */
  async #requireParameters(): Promise<void> {
    this.#source = await loadTemplate(this.#deployment).catch(() => undefined);
    if (this.#source !== undefined) requireParameters(this.#deployment, this.#source.template);
  }

  /** @returns nothing when the stack has to be looked at again */
  async #next(
    stack: Stack | undefined,
    state: StackState | undefined,
  ): Promise<DeployedStack | AwaitingApproval | undefined> {
    if (stack !== undefined && state?.readiness === 'busy') {
      await this.#waitForOther(stack);
      return undefined;
    }
    if (stack !== undefined && state?.readiness === 'stuck') {
      await remedy(this.#deployment, this.#names, this.#pace, stack, (status) => {
        this.#report({ status, done: 0 });
      });
      await this.#pace.pause();
      return undefined;
    }
    const source = this.#source ?? (await loadTemplate(this.#deployment));
    if (stack !== undefined && (await isAsWanted(this.#deployment, source.template, stack))) {
      return this.#unchanged(stack, 'template, parameters and tags are those that are deployed');
    }
    const done = await this.#change(stack, source);
    if (done === undefined) await this.#pace.pause();
    return done;
  }

  async #change(
    stack: Stack | undefined,
    source: DeployedTemplate,
  ): Promise<DeployedStack | AwaitingApproval | undefined> {
    const changeSet = await prepareChangeSet(this.#deployment, this.#names, this.#pace, source, stack);
    if (changeSet === undefined) return undefined;
    if (isWithoutChanges(changeSet) && stack !== undefined) {
      await deleteChangeSet(this.#deployment, changeSet);
      return this.#unchanged(stack, 'CloudFormation finds no changes');
    }
    if (changeSet.execution === 'AVAILABLE') {
      const awaiting = await this.#review(changeSet, stack);
      if (awaiting !== undefined) return awaiting;
    }
    return (await this.#execute(changeSet)) ? this.#finish(changeSet, stack) : undefined;
  }

  /** In what is protected, a change that may destroy data is not executed unless it is the one that was approved. */
  async #review(changeSet: ChangeSet, stack: Stack | undefined): Promise<AwaitingApproval | undefined> {
    const isUpdate = stack !== undefined && StackState.of(stack.StackStatus).readiness === 'ready';
    if (!this.#deployment.protected || !isUpdate) return undefined;
    const { id, stackId } = changeSet;
    const changes = destructiveChanges(await readChanges(this.#deployment, id));
    if (changes.length === 0) return undefined;
    const digest = destructionDigest(stackId, this.#deployment.template.digest, changes);
    if (digest === this.#options.approved) return undefined;
    return { outcome: 'needs approval', stackId, changeSetId: id, changes, digest };
  }

  /** @returns whether the change set is being executed; otherwise the stack has to be looked at again */
  async #execute(changeSet: ChangeSet): Promise<boolean> {
    const { status, execution } = changeSet;
    this.#mayHaveBegun = true;
    // Executed by an earlier attempt: its events are on their way, and tell how it ended.
    if (isExecuted(changeSet) && this.#looks < STALE_READS) {
      this.#looks += 1;
      return execution === 'EXECUTE_IN_PROGRESS';
    }
    if (status === 'FAILED') throw await this.#refusal(changeSet);
    if (execution === 'OBSOLETE' && this.#plans < PLANS) {
      this.#plans += 1;
      await discardChangeSet(this.#deployment, this.#pace, changeSet);
      return false;
    }
    if (execution !== 'AVAILABLE') {
      throw this.#refused(`somebody else keeps changing the stack (the change set is ${execution ?? 'gone'}).`);
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

  /** What AWS would not work out is deleted, and with it the empty stack that it leaves where there was none before. */
  async #refusal(changeSet: ChangeSet): Promise<PermanentError> {
    const why = await diagnoseChangeSet(this.#deployment, changeSet);
    await withdrawChangeSet(this.#deployment, changeSet, this.#names.settle);
    return this.#refused(`CloudFormation refuses the change: ${why}`);
  }

  async #waitForOther({ StackId = '', StackStatus }: Stack): Promise<void> {
    const isOther = this.#deployment.settings?.whenBusy === 'fail' && !(await this.#isOwn(StackId));
    if (isOther)
      throw this.#refused(`somebody else is at work on it (${String(StackStatus)}). Send retry when that is over.`);
    this.#pace.restart();
    for (let status: string | undefined = StackStatus; !StackState.of(status).isSettled;) {
      this.#report({ status: `waits for another operation: ${String(status)}`, done: 0 });
      await this.#pace.pause();
      status = (await describeStack(this.#deployment, StackId))?.StackStatus ?? 'DELETE_COMPLETE';
    }
  }

  /** Whether what runs was begun by this deployment: a deletion or rollback that makes way for it. */
  async #isOwn(stackId: string): Promise<boolean> {
    const events = await new EventReader(this.#deployment, stackId).next();
    return this.#names.owns(events.findLast(({ token }) => token !== undefined)?.token);
  }

  async #unchanged(stack: Stack, reason: string): Promise<DeployedStack> {
    await protectStack(this.#deployment, stack);
    const { StackId: stackId = '', StackStatus: status = '' } = stack;
    return { outcome: 'unchanged', stackId, status, outputs: outputsOf(stack), resources: 0, orphans: [], reason };
  }

  async #finish(changeSet?: ChangeSet, before?: Stack): Promise<DeployedStack> {
    const { stack, status, resources, orphans } = await this.#follower.untilComplete(changeSet, before);
    await protectStack(this.#deployment, stack);
    return {
      outcome: status === 'CREATE_COMPLETE' ? 'created' : 'updated',
      stackId: stack.StackId ?? '',
      status,
      outputs: outputsOf(stack),
      resources,
      orphans,
    };
  }

  #report(progress: StackProgress): void {
    this.#options.onProgress?.(progress);
  }

  #refused(why: string): PermanentError {
    const { stackName, region } = this.#deployment;
    return new PermanentError(`Stack ${stackName} in ${region}: ${why}`);
  }
}
