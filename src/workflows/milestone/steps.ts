import { CancellationScope, CancelledFailure, condition, isCancellation } from '@temporalio/workflow';
import type { StepCall } from '../../contract/kinds.ts';
import type { AskedChanges } from '../../gates/events.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Step, Task } from '../../plan/model.ts';
import { resolveReferences } from '../../plan/references.ts';
import { runSettleActivity, runStepActivity, type Placement } from '../temporal/activities.ts';
import { askedChangesOf, rootMessage } from '../temporal/failure.ts';
import { heard } from './heard.ts';
import { StepProgress, type TaskState } from './task-state.ts';

/** How a task's steps have ended. */
export interface StepsOutcome {
  /** One sentence for each step that failed for good. */
  readonly failures: readonly string[];
  /** What steps must not do before a person has agreed. */
  readonly asks: readonly AskedChanges[];
}

/**
 * Carries out a task's steps as their needs allow, as parallel as that is. A failed step keeps only what needs it from
 * running. Steps that an earlier try finished are not repeated, and once the task is skipped no further one begins.
 *
 * @returns without failures and asks when all are done or left out, or the task is skipped.
 */
export async function runSteps(run: TaskState): Promise<StepsOutcome> {
  const { steps } = run.task;
  const failures: string[] = [];
  const asks: AskedChanges[] = [];
  const settled = new Set<string>();
  for (const step of steps) {
    const progress = run.steps.get(step.id) ?? new StepProgress();
    if (progress.isOver) settled.add(step.id);
    else progress.state = 'pending';
    run.steps.set(step.id, progress);
  }
  const isOver = (id: string) => run.steps.get(id)?.isOver === true;

  async function runWhenReady(step: Step): Promise<void> {
    const isReady = () => run.isSkipped || (run.held === undefined && step.needs.every((id) => settled.has(id)));
    if (!isReady()) await condition(isReady);
    if (!run.isSkipped && step.needs.every(isOver)) {
      const ended = isLeftOut(run, step) ? leftOut(run, step) : await runStep(run, step);
      if (typeof ended === 'string') failures.push(ended);
      else if (ended !== undefined) asks.push(ended);
    }
    settled.add(step.id);
  }

  const pending = steps.filter((step) => !isOver(step.id));
  // Most tasks have one step, and the SDK keeps a stack trace of every promise.
  if (pending.length <= 1) {
    for (const step of pending) await runWhenReady(step);
    return { failures, asks };
  }
  // Every branch is awaited even when one is cancelled, so that each settles what it started.
  const branches = await Promise.allSettled(pending.map(runWhenReady));
  for (const branch of branches) if (branch.status === 'rejected') throw branch.reason;
  return { failures, asks };
}

/** In a round without work. What needs it still waits for what it would have waited for. */
function isLeftOut(run: TaskState, { skipIdle }: Step): boolean {
  return skipIdle === true && run.round?.idle === true;
}

/** @returns nothing, as a step that has ended well */
function leftOut(run: TaskState, { id }: Step): string | undefined {
  const progress = run.steps.get(id);
  if (progress !== undefined) progress.state = 'skipped';
  return undefined;
}

/**
 * What was done by what the entry said before is done again by what it says now, in its order: production never gets a template
 * that the environments before it have not had. So is a step that takes in what people have mended.
 */
export function forgetChanged(run: TaskState, fresh: Task): void {
  const before = new Map(run.task.steps.map(({ id, input }) => [id, JSON.stringify(input)]));
  let isRerun = false;
  for (const { id, input, rerun = false } of fresh.steps) {
    const progress = run.steps.get(id);
    // What follows works with what it brings.
    isRerun ||= rerun;
    const isChanged = isRerun || before.get(id) !== JSON.stringify(input);
    if (progress !== undefined && isChanged) progress.state = 'pending';
  }
}

/** @returns why it failed for good, or what it asks, or nothing. Throws only on cancellation. */
async function runStep(run: TaskState, step: Step): Promise<string | AskedChanges | undefined> {
  const progress = run.steps.get(step.id) ?? new StepProgress();
  const title = step.label === '' ? run.task.title : `${run.task.title} · ${step.label}`;
  const resolved = resolveReferences(step.input, run.milestone.outputs, step.environment);
  if ('missing' in resolved) {
    progress.state = 'failed';
    const names = resolved.missing.map((reference) => `{{${reference.text}}}`).join(', ');
    return `${title}: ${names} does not exist; complete or re-run the task that publishes it`;
  }
  progress.state = 'running';
  if (!progress.hasAsked) progress.tries += 1;
  progress.hasAsked = false;
  const call = callOf(run, step, resolved.value as JsonObject, progress.tries);
  const options = { profile: step.profile, summary: title, ...queueOf(step, run) };
  try {
    const result = await runStepActivity(call, options);
    const refused =
      run.milestone.publish(step.publishes, step.environment, result.outputs ?? {}) ??
      run.keepFacts(result.facts ?? []);
    progress.state = refused === undefined ? 'done' : 'failed';
    if (refused !== undefined) return `${title}: ${refused}`;
    return undefined;
  } catch (error) {
    const changes = askedChangesOf(error);
    if (changes !== undefined && run.changesGate !== undefined) {
      progress.state = 'pending';
      progress.hasAsked = true;
      return changes;
    }
    progress.state = 'failed';
    // A worker that died does not answer a cancellation: the step then ends in a heartbeat time-out, cancelled all the same.
    const isCancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
    if (!isCancelled) return `${title}: ${rootMessage(error, options.taskQueue)}`;
    if (step.settles === true) await settle(run, call, { ...options, summary: `${title} · settle` });
    throw isCancellation(error) ? error : new CancelledFailure(rootMessage(error));
  }
}

/** An agent with a process of its own takes its steps from a queue of its own. */
function queueOf({ taskQueue }: Step, { milestone }: TaskState): Pick<Placement, 'taskQueue' | 'isAgents'> {
  return taskQueue === undefined ? { taskQueue: milestone.taskQueue } : { taskQueue, isAgents: true };
}

/** Settles in a scope of its own, or it would be cancelled together with the step. What it cannot settle, it tells. */
async function settle(run: TaskState, call: StepCall, placement: Placement): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => runSettleActivity(call, placement));
  } catch (error) {
    run.leaveUnsettled(`${placement.summary}: ${rootMessage(error, placement.taskQueue)}`);
  }
}

function callOf(run: TaskState, step: Step, input: JsonObject, tries: number): StepCall {
  const { milestone, task } = run;
  return {
    step: {
      id: step.id,
      kind: step.kind,
      environment: step.environment,
    },
    input,
    ...(run.approved.size === 0 ? {} : { approved: [...run.approved] }),
    ...(run.round === undefined ? {} : { round: heard(run.round, step.hears) }),
    ...(run.lastFact === undefined ? {} : { told: run.lastFact }),
    identity: `${milestone.input.identity}/${step.id}/${String(tries)}`,
    phase: milestone.input.phase,
    task: milestone.briefOf(task, run.due),
  };
}
