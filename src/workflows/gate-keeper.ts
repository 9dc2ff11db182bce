import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { localPhaseActivities } from './activities.ts';
import { runChecks } from './checks.ts';
import { roundDigest } from '../gates/rests.ts';
import type { PeopleNow } from '../activities/phase-activities.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { TaskRef } from '../plan/model.ts';
import { noteRecorded, portionOf, recordLedger, unrecorded } from './ledger.ts';
import type { PhaseRun } from './phase-run.ts';

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
export async function holdRound(run: PhaseRun, gate: GateId): Promise<void> {
  await open(run, gate);
  await watchRound(run, gate);
}

async function open(run: PhaseRun, gate: GateId): Promise<void> {
  run.opening += 1;
  try {
    // What has gathered while no worker ran may be more than a round can carry.
    if (portionOf(run).length < unrecorded(run).length) await recordLedger(run);
    const { policy } = run.gate(gate).gate;
    const isTimed = policy?.window !== undefined || policy?.workingTime !== undefined;
    let portion: readonly LedgerEntry[] = [];
    const opening = await run.clock.local(() => {
      portion = portionOf(run);
      return localPhaseActivities(`${gate} · open round`).openRound({
        phase: run.identity.name,
        gate,
        people: run.plan.people !== undefined,
        ledger: portion,
        ...(isTimed ? { time: { policy, at: run.clock.now } } : {}),
      });
    });
    const { nonce, listed, times, windows, remark } = opening;
    const rests = { round: roundDigest(opening) };
    noteRecorded(run, portion);
    if (listed !== undefined) takePeople(run, gate, listed);
    run.reopened.delete(gate);
    if (remark !== undefined) run.apply({ type: 'note', what: 'time', on: gate, reason: remark });
    run.apply({
      type: 'open',
      gate,
      nonce,
      rests,
      ...(times === undefined ? {} : { times }),
      ...(windows === undefined ? {} : { windows }),
    });
  } finally {
    run.opening -= 1;
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
export async function watchRound(run: PhaseRun, gate: GateId): Promise<void> {
  const scope = new CancellationScope();
  const checks = scope
    .run(() => runChecks(run, gate))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    await condition(() => run.gate(gate).state !== 'open');
  } finally {
    scope.cancel();
    await checks;
  }
}

async function untilNextRound(run: PhaseRun, gate: GateId, rework: Rework): Promise<void> {
  const { rejection, gate: planned } = run.gate(gate);
  const { renews = [] } = planned;
  const tasks = rejection?.rework ?? [];
  if (tasks.length > 0 && !run.reopened.has(gate)) {
    await rework(gate, [...tasks, ...renews]);
    run.reopened.add(gate);
    return;
  }
  await condition(() => run.reopened.has(gate));
  // Whatever was mended beside the phase: what is approved in the next round has to tell it.
  if (renews.length > 0) await rework(gate, renews);
}
