import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { mayCountBeforehand } from '../gates/beforehand.ts';
import { initialState } from '../gates/initial.ts';
import { startDigests } from '../gates/rests.ts';
import { reduce } from '../gates/reduce.ts';
import type { CompiledPhase } from '../activities/phase-activities.ts';
import type { GatesEvent } from '../gates/events.ts';
import type { GatesState, TaskSummary } from '../gates/model.ts';
import type { HandoverDocument } from '../handover/document.ts';
import { gatesOf } from '../plan/gate-order.ts';
import type { Plan, Task, TaskRef } from '../plan/model.ts';
import { phaseActivities } from './activities.ts';
import { rootMessage } from './failure.ts';
import type { PhaseInput, TaskOutcome } from './messages.ts';
import type { PhaseSnapshot } from './snapshot.ts';
import { beforehandOf } from './start.ts';

/** Compiles the phase and records with what it begins: digests, hand-over, and what counts as done beforehand. */
export async function begin(input: PhaseInput): Promise<PhaseSnapshot> {
  const compiled = await orFail(phaseActivities(`compile ${input.phase}`).compilePhase({ phase: input.phase }));
  const { plan } = compiled;
  const handover = await orFail(handoverGiven(input));
  const earlier = beforehandOf(plan, input.from);
  const outcomes = doneBeforehand(plan, earlier, input.by);
  const events: GatesEvent[] = [
    started(input, compiled, handover),
    ...(compiled.findings === 0 ? [] : [linted(input.phase, compiled.findings)]),
    ...compiled.blocking.map((reason): GatesEvent => ({ type: 'note', what: 'will block', reason })),
    ...(handover === null ? [] : [handedOver(handover)]),
    ...gatesBeforehand(plan, earlier, input),
    ...Object.keys(outcomes).map((task): GatesEvent => ({
      type: 'task',
      task,
      state: 'done',
      desk: null,
      reason: 'beforehand',
    })),
  ];
  return {
    plan,
    gates: events.reduce((state, event) => reduce(state, event, Date.now()).state, stateOf(plan, input.by)),
    milestones: Object.fromEntries(earlier.map((number) => [number, { stage: 'done' as const, runs: 0 }])),
    outcomes,
    outputs: handover?.outputs ?? {},
    contributions: {},
    reopened: [],
    reworking: [],
    readAnew: [],
    handover,
    searchAttributes: compiled.searchAttributes,
    untold: [],
    told: 0,
  };
}

/** A phase that cannot start fails with the sentence that says why, instead of "Activity task failed". */
async function orFail<T>(activity: Promise<T>): Promise<T> {
  try {
    return await activity;
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw ApplicationFailure.nonRetryable(rootMessage(error), 'InvalidPhase');
  }
}

function stateOf(plan: Plan, by: string): GatesState {
  const tasks = tasksOf(plan).map(({ milestone, lane, task }): [TaskRef, TaskSummary] => [
    task.ref,
    { agent: task.agent, contributors: task.contributors, milestone, lane, state: 'pending' },
  ]);
  return initialState({
    gates: gatesOf(plan),
    tasks: Object.fromEntries(tasks),
    ...(plan.people === undefined ? {} : { people: plan.people }),
    ...(plan.operators === undefined ? {} : { operators: plan.operators }),
    starter: by,
  });
}

/** Tasks that the Gantt tags `done`, and all of the milestones before `from`. */
function doneBeforehand(plan: Plan, earlier: readonly string[], by: string): { [task: TaskRef]: TaskOutcome } {
  const done = tasksOf(plan).filter(({ milestone, task }) => earlier.includes(milestone) || task.tags.includes('done'));
  return Object.fromEntries(done.map(({ task }) => [task.ref, { state: 'done' as const, by, beforehand: true }]));
}

function gatesBeforehand(plan: Plan, earlier: readonly string[], input: PhaseInput): GatesEvent[] {
  if (earlier.length === 0) return [];
  const reason = input.reason ?? `the phase was started from ${String(input.from)}`;
  const gates = gatesOf(plan).filter(
    ({ id, milestone, guards }) =>
      id === 'entry' || (milestone !== undefined && earlier.includes(milestone) && guards?.what !== 'changes'),
  );
  const forbidden = gates.filter((gate) => !mayCountBeforehand(gate)).map(({ id }) => id);
  if (forbidden.length > 0) {
    throw ApplicationFailure.nonRetryable(
      `"from" would count ${forbidden.join(', ')} as cleared, which ${forbidden.length === 1 ? 'its' : 'their'} policy forbids; ` +
        'start without "from", or state "beforehand: allow" in the policy',
      'InvalidStart',
    );
  }
  return gates.map(({ id }) => ({ type: 'beforehand', gate: id, by: input.by, reason }));
}

function tasksOf(plan: Plan): { milestone: string; lane: string; task: Task }[] {
  return plan.milestones.flatMap(({ number, lanes }) =>
    lanes.flatMap((lane) => lane.tasks.map((task) => ({ milestone: number, lane: lane.id, task }))),
  );
}

function started(input: PhaseInput, compiled: CompiledPhase, handover: HandoverDocument | null): GatesEvent {
  const { plan } = compiled;
  const playbook = plan.digests.playbook === undefined ? 'no playbook' : `playbook ${plan.digests.playbook}`;
  return {
    type: 'note',
    what: 'started',
    by: input.by,
    reason: `plan ${plan.digests.plan}, ${playbook}${input.reason === undefined ? '' : `: ${input.reason}`}`,
    rests: startDigests({ compiled, input, handover }),
  };
}

function linted(phase: string, findings: number): GatesEvent {
  return {
    type: 'note',
    what: 'linted',
    reason: `${String(findings)} findings; "npm run plan -- check phases/${phase}" shows them`,
  };
}

function handedOver(handover: HandoverDocument): GatesEvent {
  const { number } = handover.phase;
  return { type: 'note', what: 'handover', reason: `hand-over of phase ${number} given at start` };
}

async function handoverGiven({ handover, phase }: PhaseInput): Promise<HandoverDocument | null> {
  if (handover === undefined || handover === null) return null;
  const name = typeof handover === 'string' ? handover : 'hand-over';
  return phaseActivities(`read ${name}`).readHandover({ phase, handover });
}
