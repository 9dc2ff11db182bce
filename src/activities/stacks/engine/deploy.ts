import {
  ChangeSetNotFoundException,
  InvalidChangeSetStatusException,
  type Stack,
  TokenAlreadyExistsException,
} from '@aws-sdk/client-cloudformation';
import { explained } from '../../../aws/errors.ts';
import { PermanentError } from '../../../base/errors.ts';
import {
  type ChangeSet,
  deleteChangeSet,
  executeChangeSet,
  findChangeSet,
  isExecuted,
  isWithoutChanges,
} from './change-set.ts';
import { discardChangeSet, withdrawChangeSet } from './delete.ts';
import { OperationNames, type StackDeployment } from './deployment.ts';
import { diagnoseChangeSet } from './diagnose.ts';
import { EventReader } from './events.ts';
import { StackFollower, type StackProgress } from './follow.ts';
import { DeadlineError, Pace, STALE_READS } from './pace.ts';
import { type DeployedTemplate, loadTemplate, prepareChangeSet, requireParameters } from './prepare.ts';
import { remedy } from './remedy.ts';
import { type AwaitingApproval, reviewChangeSet } from './review.ts';
import { settleStack } from './settle.ts';
import { isAsWanted, protectStack } from './skip.ts';
import { describeStack, outputsOf } from './stack.ts';
import { StackState } from './status.ts';

/** Time after which the engine stops waiting for a deployment without a deadline. */
const SIX_HOURS = 6 * 60 * 60 * 1000;
/** Number of times that a change set is created again because another deployment has changed the stack. */
const PLANS = 5;

/** One attempt of a deployment. It reads everything about earlier attempts from AWS. */
class DeploymentRun {
  readonly #deployment: StackDeployment;
  readonly #options: DeployOptions;
  readonly #names: OperationNames;
  readonly #pace: Pace;
  readonly #follower: StackFollower;
  #source: DeployedTemplate | undefined;
  #mayHaveBegun: boolean;
  #plans = 0;
  /** Number of times that a change set was found executed without an event of its execution. */
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

  /** Reports missing parameters before the first request to AWS. A template that cannot be read does not stop an operation under way. */
  async #requireParameters(): Promise<void> {
    this.#source = await loadTemplate(this.#deployment).catch(() => undefined);
    if (this.#source !== undefined) requireParameters(this.#deployment, this.#source.template);
  }

  /** @returns `undefined` when the stack has to be described again */
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
    const isUpdate = stack !== undefined && StackState.of(stack.StackStatus).readiness === 'ready';
    if (isUpdate && isWithoutChanges(changeSet)) {
      await deleteChangeSet(this.#deployment, changeSet);
      return this.#unchanged(stack, 'CloudFormation finds no changes');
    }
    if (isUpdate && changeSet.execution === 'AVAILABLE') {
      const isApproved = (awaiting: AwaitingApproval) => this.#options.isApproved?.(awaiting) ?? false;
      const awaiting = await reviewChangeSet(this.#deployment, changeSet, stack, isApproved);
      if (awaiting !== undefined) return awaiting;
    }
    return (await this.#execute(changeSet)) ? this.#finish(changeSet, stack) : undefined;
  }

  /** @returns true when the change set is being executed; otherwise the stack has to be described again */
  async #execute(changeSet: ChangeSet): Promise<boolean> {
    const { status, execution } = changeSet;
    this.#mayHaveBegun = true;
    // An earlier attempt has executed it. Its events, which tell the result, may appear late.
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
      throw this.#refused(`another deployment keeps changing the stack (the change set is ${execution ?? 'gone'}).`);
    }
    try {
      await executeChangeSet(this.#deployment, changeSet, this.#names);
      return true;
    } catch (error) {
      if (error instanceof TokenAlreadyExistsException) return this.#requireUnderWay(changeSet);
      // A request whose response was lost has executed it, or another operation came first. The state of the stack will tell.
      if (error instanceof InvalidChangeSetStatusException || error instanceof ChangeSetNotFoundException) return false;
      throw error;
    }
  }

  /** The token is known to AWS: from this request, whose response was lost, or from an earlier change set of the deployment. */
  async #requireUnderWay({ id }: ChangeSet): Promise<true> {
    for (let look = 1; look <= STALE_READS; look += 1) {
      const now = await findChangeSet(this.#deployment, id);
      if (now === undefined || isExecuted(now)) return true;
      await this.#pace.pause();
    }
    throw this.#refused('it was deployed, and another deployment has changed it since. Send retry to deploy it again.');
  }

  /** Deletes a change set that AWS could not create, and the empty stack that it leaves if the stack did not exist. */
  async #refusal(changeSet: ChangeSet): Promise<PermanentError> {
    const why = await diagnoseChangeSet(this.#deployment, changeSet);
    await withdrawChangeSet(this.#deployment, changeSet, this.#names.settle, this.#pace);
    return this.#refused(`CloudFormation refuses the change: ${why}`);
  }

  async #waitForOther({ StackId = '', StackStatus }: Stack): Promise<void> {
    const isOther = this.#deployment.settings?.whenBusy === 'fail' && !(await this.#isOwn(StackId));
    if (isOther)
      throw this.#refused(`another operation is running on it (${String(StackStatus)}). Send retry when it has ended.`);
    this.#pace.restart();
    for (let status: string | undefined = StackStatus; !StackState.of(status).isSettled;) {
      this.#report({ status: `waits for another operation: ${String(status)}`, done: 0 });
      await this.#pace.pause();
      status = (await describeStack(this.#deployment, StackId))?.StackStatus ?? 'DELETE_COMPLETE';
    }
  }

  /** True when this deployment began the running operation: a deletion or rollback that prepares the stack. */
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

export interface DeployOptions {
  /** Start of the first attempt in epoch milliseconds, from which the deadline counts. Default: now. */
  readonly begunAt?: number;
  /**
   * True when no earlier attempt can have begun the deployment. Then the events of a stack at rest need not be read. Default: false. If
   * it is wrongly true, the work of an earlier attempt is reported as unchanged.
   */
  readonly isFirstAttempt?: boolean;
  /** Tells whether a person has approved changes that may destroy data. Default: not approved. */
  isApproved?(awaiting: AwaitingApproval): boolean;
  /** Shortest pause between two polls, in milliseconds. Default: 500. */
  readonly shortestPauseMs?: number;
  /** Called with everything that happens to the stack. */
  onProgress?(progress: StackProgress): void;
}

export interface DeployedStack {
  readonly outcome: 'created' | 'updated' | 'unchanged';
  readonly stackId: string;
  readonly status: string;
  readonly outputs: { readonly [name: string]: string };
  /** Number of resources that were created or updated. */
  readonly resources: number;
  /** Resources that the clean-up of an update could not delete, each with the reason. */
  readonly orphans: readonly string[];
  /** Reason for the outcome `unchanged`. */
  readonly reason?: string;
}

/**
 * Deploys a stack through a change set. If an earlier attempt of the same deployment has begun an operation, the function only follows
 * that operation to its end.
 *
 * @throws PermanentError when a person has to act; any other error is worth a retry
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
