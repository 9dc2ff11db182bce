import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { LedgerEntry } from '../../gates/ledger.ts';
import { bytesOf } from '../../base/json.ts';
import { phaseActivities, recordingActivities } from '../temporal/activities.ts';
import { isDenied, pauseAfterDenial } from '../temporal/seals.ts';
import type { PhaseRun } from './run.ts';

/** Rounds put the ledger into the history as they open; between them it is done whenever this many entries have gathered. */
const GATHERED = 100;
/** How many bytes of them go into one payload; the server takes 2 MB. */
const AT_ONCE = 500_000;

/** Entries that stand in no history yet, and that nothing is putting there. */
export function unrecorded({ gates: { ledger }, passed }: PhaseRun): LedgerEntry[] {
  return ledger.recent.filter(({ number }) => number > passed);
}

/** As many of these as go into one payload. */
export function portionToRecord(run: PhaseRun): LedgerEntry[] {
  let bytes = 0;
  return unrecorded(run).filter((entry, index) => {
    bytes += bytesOf(entry);
    return index === 0 || bytes <= AT_ONCE;
  });
}

/**
 * Has an activity put a portion of the ledger into the history, and notes it when that has ended. A portion whose activity fails, or is
 * cancelled, is taken again, with all that follows it; an entry may be recorded twice.
 *
 * @param action is given the portion
 */
export async function passing<T>(run: PhaseRun, action: (ledger: readonly LedgerEntry[]) => Promise<T>): Promise<T> {
  const ledger = portionToRecord(run);
  const first = ledger[0]?.number;
  if (first === undefined) return action(ledger);
  run.passing.add(first);
  // At once, and not when the activity has ended: a local activity ends elsewhere on replay.
  run.passed = ledger.at(-1)?.number ?? first;
  try {
    const result = await action(ledger);
    run.passing.delete(first);
    noteRecorded(run);
    return result;
  } catch (error) {
    run.passing.delete(first);
    run.passed = Math.min(run.passed, first - 1);
    throw error;
  }
}

/** What lies before the first portion that is under way is in the history. */
function noteRecorded(run: PhaseRun): void {
  const upTo = Math.min(run.passed, ...[...run.passing].map((first) => first - 1));
  if (upTo > run.gates.ledger.recorded) run.apply({ type: 'recorded', upTo });
}

/** Keeps the ledger in the history for as long as the phase runs: a flood of messages must not outgrow the state. */
export async function keepLedger(run: PhaseRun): Promise<void> {
  for (;;) {
    await condition(() => run.gates.ledger.length - run.passed >= GATHERED);
    await nextWorkflowTask(run);
  }
}

/**
 * Puts what has been judged by now into the history, also while the phase is being cancelled, and goes on in another workflow task.
 * Only an event from the server starts another workflow task: the end of an activity comes within milliseconds, a timer's after about a
 * second. Concurrent callers wait for the same.
 */
export async function nextWorkflowTask(run: PhaseRun): Promise<void> {
  const { length } = run.gates.ledger;
  do {
    run.recording ??= CancellationScope.nonCancellable(() => recordUntilDone(run)).finally(() => {
      run.recording = undefined;
    });
    await run.recording;
  } while (run.passed < length);
}

async function recordUntilDone(run: PhaseRun): Promise<void> {
  for (let denials = 1; ; denials += 1) {
    try {
      await record(run);
      return;
    } catch (error) {
      if (!isDenied(error)) throw error;
      await sleep(pauseAfterDenial(denials));
      run.clock.set();
    }
  }
}

async function record(run: PhaseRun): Promise<void> {
  await passing(run, async (ledger) => {
    // Both at once: the local activity may end in this workflow task or in another one, and the end of the other activity starts that.
    const next = phaseActivities('next workflow task')
      .pause()
      .then(() => {
        run.clock.set();
      });
    await Promise.all([
      next,
      ledger.length === 0 ? undefined : run.clock.during(() => recordingActivities().recordLedger({ ledger })),
    ]);
  });
}
