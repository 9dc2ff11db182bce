import { CancellationScope, condition } from '@temporalio/workflow';
import type { LedgerEntry } from '../../gates/ledger.ts';
import { bytesOf } from '../../base/json.ts';
import { localPhaseActivities, phaseActivities } from '../temporal/activities.ts';
import type { PhaseRun } from './run.ts';

/** Rounds put the ledger into the history as they open; between them it is done whenever this many entries have gathered. */
const GATHERED = 100;
/** How many bytes of them go into one payload; the server takes 2 MB. */
const AT_ONCE = 500_000;

/** Entries that stand in no history yet. */
export function unrecorded({ gates: { ledger } }: PhaseRun): LedgerEntry[] {
  return ledger.recent.filter(({ number }) => number > ledger.recorded);
}

/** As many of these as go into one payload. */
export function portionOf(run: PhaseRun): LedgerEntry[] {
  let bytes = 0;
  return unrecorded(run).filter((entry, index) => {
    bytes += bytesOf(entry);
    return index === 0 || bytes <= AT_ONCE;
  });
}

/** Notes that entries stand in the history now. */
export function noteRecorded(run: PhaseRun, entries: readonly LedgerEntry[]): void {
  const last = entries.at(-1);
  if (last !== undefined) run.apply({ type: 'recorded', upTo: Math.max(last.number, run.gates.ledger.recorded) });
}

/** Keeps the ledger in the history for as long as the phase runs: a flood of messages must not outgrow the state. */
export async function keepLedger(run: PhaseRun): Promise<void> {
  for (;;) {
    await condition(() => run.gates.ledger.length - run.gates.ledger.recorded >= GATHERED);
    await recordLedger(run);
  }
}

/** Puts what is missing into the history, also while the phase is being cancelled. Whoever asks meanwhile waits for the same. */
export async function recordLedger(run: PhaseRun): Promise<void> {
  while (unrecorded(run).length > 0) {
    run.recording ??= CancellationScope.nonCancellable(() => recordPortion(run)).finally(() => {
      run.recording = undefined;
    });
    await run.recording;
  }
}

/**
 * Puts what has been judged into the history and goes on in another workflow task, which only an event of the server's begins: the
 * end of an activity comes within milliseconds, a timer's after about a second.
 */
export async function nextWorkflowTask(run: PhaseRun): Promise<void> {
  await recordLedger(run);
  await CancellationScope.nonCancellable(() => phaseActivities('more messages wait').pause());
  run.clock.set();
}

async function recordPortion(run: PhaseRun): Promise<void> {
  let portion: readonly LedgerEntry[] = [];
  await run.clock.local(() => {
    portion = portionOf(run);
    return localPhaseActivities('ledger').recordLedger({ ledger: portion });
  });
  noteRecorded(run, portion);
}
