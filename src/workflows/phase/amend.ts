import { CancellationScope, condition } from '@temporalio/workflow';
import type { Amending } from '../../activities/amend/model.ts';
import { amendmentsOf, objectionInWords, objectionsTo, progressOf } from '../../activities/slices.ts';
import { digestOf } from '../../base/digest.ts';
import { bytesOf } from '../../base/json.ts';
import type { CompiledPhase } from '../../contract/compiled.ts';
import { AMENDMENT, amendmentGate } from '../../plan/amendments.ts';
import { changeInWords, type PlanChange, planChanges } from '../../plan/changes.ts';
import { digestChanges } from '../../plan/digests.ts';
import { phaseActivities } from '../temporal/activities.ts';
import { rootMessage } from '../temporal/failure.ts';
import { guardsByTask, open } from './gates.ts';
import { passHoldsOn } from './orders.ts';
import { type PhaseRun, SNAPSHOT_BYTES } from './run.ts';

/** Objections in one entry of the ledger; a person mends these first. */
const OBJECTIONS = 30;

/** Decides on amendments, one after the other, for as long as the phase runs. A phase that is cancelled refuses them. */
export function keepAmendments(run: PhaseRun): Promise<void> {
  const phase = CancellationScope.current();
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => amendmentsOf(run.gates).under !== undefined);
      const { under } = amendmentsOf(run.gates);
      if (under === undefined) continue;
      const problem = await carryOut(run, under, () => phase.consideredCancelled);
      delete run.state.proposed;
      if (problem !== undefined) run.apply({ type: 'amendmentRefused', number: under.number, reason: problem });
    }
  });
}

/**
 * Compiles an amendment, has it approved, and makes it. A phase that has continued as new meanwhile goes on where it was.
 *
 * @returns why nothing changes, if so
 */
async function carryOut(run: PhaseRun, under: Amending, isCancelled: () => boolean): Promise<string | undefined> {
  const isUnder = () => amendmentsOf(run.gates).under?.number === under.number;
  if (run.state.proposed === undefined) {
    const problem = await propose(run, under);
    if (problem !== undefined) return problem;
    // It was dropped while it was compiled, because the completion gate has cleared.
    if (!isUnder()) return undefined;
  }
  const stage = () => run.gate(AMENDMENT).state;
  if (stage() === 'pending' && isUnder()) await open(run, AMENDMENT);
  await condition(() => stage() !== 'open' || isCancelled());
  // A round that opens just now has its times by the plan before. Another one may begin to open while this waits.
  while (run.opening.size > 0) await condition(() => run.opening.size === 0);
  const { proposed } = run.state;
  // It was dropped while it waited.
  if (proposed === undefined || !isUnder()) return undefined;
  if (isCancelled()) return 'the phase is cancelled';
  const { rejection } = run.gate(AMENDMENT);
  if (stage() !== 'cleared') return `rejected by ${rejection?.by ?? 'phase'}: ${rejection?.reason ?? 'withdrawn'}`;
  const changes = planChanges(run.plan, proposed.plan);
  // What may be changed is looked at again: the phase went on while people decided.
  const problem = standsAgainst(run, changes);
  if (problem !== undefined) return `since it was sent, the phase has gone on: ${problem}`;
  make(run, under, proposed, changes);
  return undefined;
}

/** @returns why it cannot be put before people, if so */
async function propose(run: PhaseRun, { number, given }: Amending): Promise<string | undefined> {
  const { name: phase, workflowId } = run.identity;
  let compiled: CompiledPhase;
  try {
    const texts = given === undefined ? {} : { given, workflowId };
    compiled = await phaseActivities(`compile amendment ${String(number)}`).compilePhase({ phase, ...texts });
  } catch (error) {
    return `it does not compile: ${rootMessage(error)}`;
  }
  const changes = planChanges(run.plan, compiled.plan);
  if (changes.length === 0) return 'nothing has changed: it compiles to the plan that runs';
  const problem = standsAgainst(run, changes) ?? asideOfPeople(given?.playbook, changes) ?? tooLarge(run, compiled);
  if (problem !== undefined) return problem;
  run.state.proposed = compiled;
  run.apply({
    type: 'amendmentAsked',
    number,
    gate: amendmentGate(run.plan),
    changes: changes.map(changeInWords),
    basedOn: digestsOf(run, compiled),
  });
  return undefined;
}

function digestsOf(run: PhaseRun, compiled: CompiledPhase): { before: string; compiled: string } {
  return { before: digestOf(run.plan), compiled: digestOf(compiled) };
}

function standsAgainst(run: PhaseRun, changes: readonly PlanChange[]): string | undefined {
  const objections = objectionsTo(changes, progressOf(run.state));
  if (objections.length === 0) return undefined;
  const more = objections.length > OBJECTIONS ? [`and ${String(objections.length - OBJECTIONS)} more`] : [];
  return [...objections.slice(0, OBJECTIONS).map(objectionInWords), ...more].join('; ');
}

/** People and channels are read from the folder whenever they are needed, so a text that says otherwise would not be heard. */
function asideOfPeople(playbook: string | undefined, changes: readonly PlanChange[]): string | undefined {
  if (playbook === undefined) return undefined;
  const read = changes.filter(({ what }) => ['person', 'operators', 'provider', 'channels'].includes(what));
  if (read.length === 0) return undefined;
  return `${read.map(changeInWords).join('; ')}: these are read from playbook.yaml whenever they are needed; change them there`;
}

function tooLarge(run: PhaseRun, compiled: CompiledPhase): string | undefined {
  const bytes = bytesOf(run.snapshot()) + bytesOf(compiled);
  if (bytes <= SNAPSHOT_BYTES) return undefined;
  return `while it waits, the phase would have to hand ${String(bytes)} bytes to its next run, of ${String(SNAPSHOT_BYTES)} at most`;
}

function make(run: PhaseRun, { number }: Amending, compiled: CompiledPhase, changes: readonly PlanChange[]): void {
  const basedOn = digestsOf(run, compiled);
  const files = digestChanges(run.plan.digests, compiled.plan.digests);
  const reason = [...changes.map(changeInWords), ...files].join('; ');
  run.replacePlan(compiled, { type: 'amended', number, plan: compiled.plan, changes, reason, basedOn });
  for (const one of compiled.blocking) run.apply({ type: 'note', what: 'will block', reason: one });
  tellMilestones(run, changes);
  passHoldsOn(run);
}

/** Gives milestones that run their new tasks, and holds the gates of these. One that starts later begins with all of them. */
function tellMilestones(run: PhaseRun, changes: readonly PlanChange[]): void {
  for (const milestone of run.plan.milestones) {
    const channel = run.channels.get(milestone.number);
    if (channel === undefined) continue;
    const added = changes.filter((one) => one.how === 'added' && one.milestone === milestone.number);
    const guards = guardsByTask(run, milestone);
    for (const { tasks, ...lane } of milestone.lanes) {
      for (const task of tasks.filter(({ ref }) => added.some((one) => one.what === 'task' && one.id === ref))) {
        const { source } = run.state;
        const where = source === undefined ? {} : { source };
        channel.say(task.ref, { added: { lane, task, guards: guards[task.ref] ?? [], ...where } }, run.clock.now);
      }
    }
    const gates = (milestone.gates.guards ?? []).filter(({ id }) => added.some((one) => one.gate === id));
    run.guarding.get(milestone.number)?.(gates);
  }
}
