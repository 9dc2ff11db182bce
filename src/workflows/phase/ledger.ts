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

/** Notes that entries stand in the history now, up to the one that the activity's own answer tells. */
export function noteRecorded(run: PhaseRun, upTo: number): void {
  if (upTo > run.gates.ledger.recorded) run.apply({ type: 'recorded', upTo });
}

/** Keeps the ledger in the history for as long as the phase runs: a flood of messages must not outgrow the state. */
export async function keepLedger(run: PhaseRun): Promise<void> {
  for (;;) {
    await condition(() => run.gates.ledger.length - run.gates.ledger.recorded >= GATHERED);
    await recordLedger(run);
  }
}

/**
 * Puts what there is by now into the history, also while the phase is being cancelled. Concurrent callers wait for the same.
 *
 * Nothing that comes after may hang on what is unrecorded then: the end of a local activity is heard with the next workflow task and its
 * messages at first, and without them on replay. `nextWorkflowTask` goes on where both are the same.
 */
export async function recordLedger(run: PhaseRun): Promise<void> {
  const { length } = run.gates.ledger;
  while (run.gates.ledger.recorded < length) {
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
  await CancellationScope.nonCancellable(() => phaseActivities('next workflow task').pause());
  run.clock.set();
}

async function recordPortion(run: PhaseRun): Promise<void> {
  const { upTo } = await run.clock.local(() => localPhaseActivities('ledger').recordLedger({ ledger: portionOf(run) }));
  noteRecorded(run, upTo);
}
