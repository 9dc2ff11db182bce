import type { DeskItem } from '../../gates/model.ts';
import type { GateId, TaskRef } from '../../plan/gate-model.ts';
import { digestChanges } from '../../plan/digests.ts';
import type { Digests } from '../../plan/model.ts';
import {
  type DeniedAnswers,
  isFarAhead,
  type NumberedFact,
  ORDERS,
  REPORT,
  type Report,
  type Taken,
  type TaskReport,
} from '../../contract/channel.ts';
import type { DeniedAnswer } from '../../contract/seal.ts';
import { isReport } from './shape.ts';
import type { ToMilestone } from './to-milestone.ts';
import { sayHolds } from '../phase/orders.ts';
import type { PhaseRun } from '../phase/run.ts';
import type { Received } from '../temporal/inbox.ts';
import type { Seals } from '../temporal/seals.ts';
import { signalFault } from '../temporal/signal-seals.ts';

/** @returns whether the Signal is one that milestones send; then it has been taken, or refused */
export function hearMilestone(run: PhaseRun, incoming: Received, body: unknown, seals: Seals): boolean {
  if (incoming.name !== REPORT) return false;
  if (!isReport(body)) refuse(run, `a ${REPORT} that no milestone sends`);
  else takeReport(run, incoming, body, seals);
  return true;
}

function refuse(run: PhaseRun, reason: string): void {
  run.apply({ type: 'note', what: 'report refused', reason, code: 'DENIED' });
}

function takeReport(run: PhaseRun, incoming: Received, report: Report, seals: Seals): void {
  const found = [...run.channels].find(([, { state }]) => state.to === report.from);
  if (found === undefined) {
    // The last words of a run that has ended, or that was replaced, cross with its end.
    if (!report.from.startsWith(`${run.identity.firstRunId}/`)) refuse(run, 'a report of no milestone of this phase');
    return;
  }
  const [number, channel] = found;
  const sender = { workflowId: run.childId(number), parent: run.identity.workflowId };
  const reason = signalFault(incoming, sender, seals);
  if (reason !== undefined) {
    refuse(run, reason);
    return;
  }
  const isNew = channel.take(report, run.clock.now);
  if (report.hello === true) sayHolds(run, number, channel);
  if (!isNew) return;
  for (const [task, told] of Object.entries(report.tasks)) {
    if (run.gates.tasks[task]?.milestone === number) takeTask(run, channel, task, told);
  }
  if (report.kept !== undefined) noteKept(run, channel, number, report.kept);
  if (report.denied !== undefined) noteAllDenied(run, channel, number, report.denied);
  if (report.ended === true) run.ended.add(number);
  run.revision += 1;
}

function noteKept(run: PhaseRun, { state }: ToMilestone, number: string, kept: number): void {
  if (kept <= state.kept) return;
  state.kept = kept;
  const id = run.childId(number);
  const reason = `${String(kept)} messages to ${id} were not passed on; they stand in its history. Send messages to ${run.identity.workflowId}`;
  run.apply({ type: 'note', what: 'not passed on', on: number, reason });
}

function noteAllDenied(run: PhaseRun, { state }: ToMilestone, number: string, { count, last }: DeniedAnswers): void {
  const { denied: known = 0 } = state;
  if (count <= known) return;
  state.denied = count;
  const untold = count - known - last.length;
  if (untold > 0) {
    const reason = `${String(untold)} more answers were denied; they stand in the history of ${run.childId(number)}`;
    run.apply({ type: 'note', what: ANSWER_DENIED, on: number, reason, code: 'DENIED' });
  }
  for (const denied of last.slice(Math.max(0, known - count + last.length))) noteDenied(run, { on: number, ...denied });
}

const ANSWER_DENIED = 'answer denied';

/** Enters into the ledger that somebody's answer to an activity, or an order that no phase has sent, has not counted. */
export function noteDenied(run: PhaseRun, { type, on, reason }: DeniedAnswer): void {
  run.apply({ type: 'note', what: type === ORDERS ? 'orders refused' : ANSWER_DENIED, on, reason, code: 'DENIED' });
}

function takeTask(run: PhaseRun, channel: ToMilestone, task: TaskRef, told: TaskReport): void {
  const { state, reason, readAnew, unsettled = [], gates = [], ask, stop = 0 } = told;
  const before = channel.state.taken[task] ?? {};
  const isOver = state === 'done' || state === 'skipped';
  channel.state.taken[task] = takenOf(before, told, isOver, run.clock.now);
  takeFacts(run, task, told.facts ?? [], before.fact);
  if (told.round !== undefined && isRoundOf(run, channel, task, told.round)) {
    run.apply({ type: 'round', task, number: told.round });
  }
  for (const one of unsettled.slice(before.unsettled ?? 0)) {
    run.apply({ type: 'note', what: 'not settled', on: task, reason: one });
  }
  // It may have crossed with the message that ended the task, which it would put back on the desk.
  if (run.state.outcomes[task] !== undefined || run.gates.tasks[task]?.state === 'skipped') return;
  for (const gate of gates) if (guardedBy(run, gate).includes(task)) run.reached.add(gate);
  if (ask !== undefined && ask.number > (run.asked.get(task)?.number ?? 0)) run.asked.set(task, ask);
  if (readAnew !== undefined && readAnew.number > (before.readAnew ?? 0)) noteReadAnew(run, task, readAnew.digests);
  // Its results come with the end of its milestone.
  if (isOver) {
    if (run.inRounds.length > 0) run.apply({ type: 'ended', task });
    return;
  }
  const isAnswered = stop <= (channel.said(task).retry ?? 0);
  if (state === 'blocked' && isAnswered) return;
  if (isContributed(run, task, told.desk)) return;
  run.apply({ type: 'task', task, state, desk: told.desk, reason });
}

/** Anybody may send a report: only the round that was offered last can have been carried out, or none yet. */
function isRoundOf({ gates }: PhaseRun, channel: ToMilestone, task: TaskRef, number: number): boolean {
  const { round } = channel.said(task);
  if (number === 0 || number === gates.tasks[task]?.rounds?.done) return true;
  return round !== undefined && 'number' in round && round.number === number;
}

/** Takes what steps have told, each fact once. */
export function takeFacts(run: PhaseRun, task: TaskRef, facts: readonly NumberedFact[], taken = 0): void {
  for (const { number, topic, key, data } of facts) {
    if (number > taken && !isFarAhead(number, run.clock.now)) run.apply({ type: 'fact', task, topic, key, data });
  }
}

function takenOf(
  before: Taken,
  { stop, readAnew, unsettled, facts = [] }: TaskReport,
  isOver: boolean,
  now: number,
): Taken {
  const numbers = facts.map(({ number }) => number).filter((number) => !isFarAhead(number, now));
  return {
    ...before,
    ...(stop === undefined ? {} : { stop }),
    ...(readAnew === undefined ? {} : { readAnew: readAnew.number }),
    ...(unsettled === undefined ? {} : { unsettled: unsettled.length }),
    ...(numbers.length === 0 ? {} : { fact: Math.max(before.fact ?? 0, ...numbers) }),
    ...(isOver ? { over: true as const } : {}),
  };
}

/** Whether the contributions that it waits for have been given meanwhile, and are on their way. */
function isContributed({ state }: PhaseRun, task: TaskRef, desk: DeskItem | null): boolean {
  if (desk?.waits !== 'input') return false;
  const given = (state.contributions[task] ?? []).flatMap(({ agents }) => agents);
  return desk.agents.every((agent) => given.includes(agent));
}

function noteReadAnew(run: PhaseRun, task: TaskRef, digests: Digests): void {
  if (!run.state.readAnew.includes(task)) run.state.readAnew = [...run.state.readAnew, task];
  run.apply({ type: 'note', what: 'read anew', on: task, reason: differences(run.plan.digests, digests) });
}

/** Only a gate that is the task's own opens by its report. */
function guardedBy({ gates }: PhaseRun, gate: GateId): readonly TaskRef[] {
  return Object.hasOwn(gates.gates, gate) ? (gates.gates[gate]?.gate.guards?.tasks ?? []) : [];
}

/** Both digests of everything that has changed since the plan was compiled that runs. A retry does not read the document anew. */
function differences(before: Digests, after: Digests): string {
  const changed = digestChanges(before, { ...after, plan: before.plan });
  return changed.length === 0 ? 'nothing has changed since the plan was compiled' : changed.join(', ');
}
