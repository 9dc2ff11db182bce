import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { PeopleNow } from '../../contract/activities.ts';
import { roundDigest } from '../../gates/chain.ts';
import type { AskedChanges } from '../../gates/events.ts';
import type { Gate, GateId, TaskRef } from '../../plan/gate-model.ts';
import type { Milestone } from '../../plan/model.ts';
import type { ToMilestone } from '../channel/to-milestone.ts';
import { localPhaseActivities } from '../temporal/activities.ts';
import { checksOf, runChecks } from './checks.ts';
import { nextWorkflowTask, passing, portionToRecord, unrecorded } from './ledger.ts';
import type { PhaseRun } from './run.ts';

/** Does tasks again because of a gate that was rejected. */
export type Rework = (gate: GateId, tasks: readonly TaskRef[]) => Promise<void>;

/**
 * Holds execution at a gate until it clears, through as many rounds as that takes.
 *
 * @param rework does the tasks of a rejection again; the next round opens when it returns.
 */
export async function holdGate(run: PhaseRun, gate: GateId, rework: Rework): Promise<void> {
  while (run.gate(gate).state !== 'cleared') {
    if (run.gate(gate).state === 'rejected') await untilNextRound(run, gate, rework);
    if (run.gate(gate).state !== 'open') await open(run, gate);
    await watchRound(run, gate);
  }
}

/** Opens a gate's next round and waits until that is cleared or rejected. */
async function holdRound(run: PhaseRun, gate: GateId): Promise<void> {
  await open(run, gate);
  await watchRound(run, gate);
}

/** Opens the next round of a gate. */
export async function open(run: PhaseRun, gate: GateId): Promise<void> {
  run.opening.add(gate);
  try {
    // What has gathered while no worker ran may be more than a round can carry.
    if (portionToRecord(run).length < unrecorded(run).length) await nextWorkflowTask(run);
    const { policy } = run.gate(gate).gate;
    const isTimed = policy?.window !== undefined || policy?.workingTime !== undefined;
    const opening = await passing(run, (ledger) =>
      run.clock.localUntilDone(() =>
        CancellationScope.nonCancellable(() =>
          localPhaseActivities(`${gate} · open round`).openRound({
            phase: run.identity.name,
            gate,
            people: run.plan.people !== undefined,
            ledger,
            ...(isTimed ? { time: { policy, at: run.clock.now } } : {}),
          }),
        ),
      ),
    );
    const { nonce, listed, times, windows, remark } = opening;
    const basedOn = { round: roundDigest(opening) };
    if (listed !== undefined) takePeople(run, gate, listed);
    run.state.reopened = run.state.reopened.filter((one) => one !== gate);
    if (remark !== undefined) run.apply({ type: 'note', what: 'time', on: gate, reason: remark });
    run.apply({
      type: 'open',
      gate,
      nonce,
      basedOn,
      times,
      windows,
    });
  } finally {
    run.opening.delete(gate);
  }
}

/**
 * People change while a phase runs for weeks, so they are read whenever they are about to be asked. A list that has vanished (an
 * editor that was just writing, a file that was moved) must not open the gates to anyone: those known so far stay.
 */
function takePeople(run: PhaseRun, gate: GateId, listed: PeopleNow | { readonly problem: string }): void {
  const keep = (why: string) => {
    run.apply({ type: 'note', what: 'people not read', on: gate, reason: `those known so far stay: ${why}` });
  };
  if ('problem' in listed) {
    keep(listed.problem);
    return;
  }
  const { people, operators } = listed;
  if (people === null) keep('the playbook lists nobody any more');
  else if (operators === null && run.gates.operators !== null) keep('the playbook names no operators any more');
  else run.apply({ type: 'people', people, operators });
}

/** Runs the gate's checks until it clears or is rejected; what is still being checked then is cancelled. */
async function watchRound(run: PhaseRun, gate: GateId): Promise<void> {
  const isOver = () => run.gate(gate).state !== 'open';
  const watched = checksOf(run, gate);
  if (watched.length === 0) return condition(isOver);
  const scope = new CancellationScope();
  const checks = scope
    .run(() => runChecks(run, watched))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    await condition(isOver);
  } finally {
    scope.cancel();
    await checks;
  }
}

async function untilNextRound(run: PhaseRun, gate: GateId, rework: Rework): Promise<void> {
  const { rejection, gate: planned } = run.gate(gate);
  const { renews = [] } = planned;
  const tasks = rejection?.rework ?? [];
  if (tasks.length > 0 && !run.state.reopened.includes(gate)) {
    await rework(gate, [...tasks, ...renews]);
    run.reopen(gate);
    return;
  }
  await condition(() => run.state.reopened.includes(gate));
  // Whatever was mended beside the phase: what is approved in the next round has to tell it.
  if (renews.length > 0) await rework(gate, renews);
}

/**
 * Holds the gates of a milestone's tasks and lanes: each opens when the first of its tasks could begin otherwise, and its tasks
 * begin when it has cleared. What does not need them goes on meanwhile.
 *
 * @param isTakenOver the child runs already, and may not know yet of every gate that has cleared
 * @returns a function to call when the milestone's child has ended: what is still open then guards nothing any more
 */
export function keepGuards(
  run: PhaseRun,
  { number, gates: { guards = [] } }: Milestone,
  channel: ToMilestone,
  isTakenOver: boolean,
): () => Promise<void> {
  // What a task's steps ask comes up whenever they run.
  const open = guards.filter((gate) => isOfChanges(gate) || run.gate(gate.id).state !== 'cleared');
  if (isTakenOver) for (const gate of guards.filter((one) => !open.includes(one))) admit(run, channel, gate);
  const scope = new CancellationScope({ cancellable: true });
  const held: { readonly id: GateId; readonly kept: Promise<void> }[] = [];
  const keep = (gate: Gate) => (isOfChanges(gate) ? keepChanges(run, channel, gate) : keepGuard(run, channel, gate));
  const add = (gates: readonly Gate[]) => {
    if (gates.length === 0) return;
    const all = scope.run(() => Promise.all(gates.map(keep)));
    const kept = all.then(() => undefined);
    // The caller of the function below gets the failure. Until then the rejection would count as unhandled.
    kept.catch(() => undefined);
    held.push(...gates.map(({ id }) => ({ id, kept })));
  };
  add(open);
  run.guarding.set(number, add);
  return async () => {
    run.guarding.delete(number);
    scope.cancel();
    for (const { kept } of held) {
      await kept.catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    }
    for (const { id } of held) {
      run.reached.delete(id);
      run.apply({ type: 'close', gate: id, reason: 'nothing waits for it any more' });
    }
  };
}

/** Gates that have not cleared, by the tasks that wait for them. */
export function guardsByTask(run: PhaseRun, { gates: { guards = [] } }: Milestone): { [task: TaskRef]: GateId[] } {
  const found: { [task: TaskRef]: GateId[] } = {};
  for (const { id, guards: guarded } of guards.filter((gate) => !isOfChanges(gate))) {
    if (run.gate(id).state === 'cleared') continue;
    for (const task of guarded?.tasks ?? []) found[task] = [...(found[task] ?? []), id];
  }
  return found;
}

async function keepGuard(run: PhaseRun, channel: ToMilestone, gate: Gate): Promise<void> {
  if (run.gate(gate.id).state === 'pending') await condition(() => run.reached.has(gate.id));
  // Nothing has been done before it that could be done again.
  await holdGate(run, gate.id, () => Promise.resolve());
  // An amendment may have changed whom it guards.
  admit(run, channel, run.gate(gate.id).gate);
}

/** Tells the tasks that a gate guards that it has cleared. */
function admit(run: PhaseRun, channel: ToMilestone, { id, guards }: Gate): void {
  for (const task of guards?.tasks ?? []) {
    const { admitted = [] } = channel.said(task);
    if (!admitted.includes(id) && run.state.outcomes[task] === undefined) {
      channel.say(task, { admitted: [...admitted, id] }, run.clock.now);
    }
  }
}

function isOfChanges({ guards }: Gate): boolean {
  return guards?.what === 'changes';
}

/** Puts what a task's steps would do before people, as often as they ask, and tells the task what was decided. */
async function keepChanges(run: PhaseRun, channel: ToMilestone, { id, guards }: Gate): Promise<void> {
  const task = guards?.of ?? '';
  for (let taken = 0; ;) {
    await condition(() => (run.asked.get(task)?.number ?? 0) > taken);
    const { number = 0, changes = [] } = run.asked.get(task) ?? {};
    taken = number;
    // A milestone that was taken over reports again what a person has rejected already.
    if ((channel.said(task).refused?.ask ?? 0) >= number) continue;
    const digests = changes.map(({ sha256 }) => sha256);
    const { approved = [] } = channel.said(task);
    // A milestone that was reset, or taken over, asks again for what a person has agreed to.
    const isAgreed = () => digests.every((sha256) => approved.includes(sha256));
    if (!isAgreed()) await decide(run, id, changes);
    const { state, rejection } = run.gate(id);
    const { by = 'phase', reason = 'withdrawn' } = rejection ?? {};
    const isRefused = !isAgreed() && state !== 'cleared';
    const said = isRefused
      ? { refused: { ask: number, by, reason } }
      : { approved: [...new Set([...approved, ...digests])] };
    channel.say(task, said, run.clock.now);
  }
}

/** Opens the gate for these changes, unless a run of the phase before this one has done so for the same. */
async function decide(run: PhaseRun, id: GateId, changes: readonly AskedChanges[]): Promise<void> {
  const { state, gate } = run.gate(id);
  const asked = gate.criteria.map((criterion) => criterion.changes?.sha256);
  const isSame = asked.length === changes.length && changes.every(({ sha256 }, index) => asked[index] === sha256);
  if (isSame && state === 'cleared') return;
  if (isSame && state === 'open') return watchRound(run, id);
  run.apply({ type: 'ask', gate: id, changes });
  await holdRound(run, id);
}
