import { type Seal, sealedDetails, sealedIn } from '../contract/seal.ts';
import { answersOf } from './answers.ts';
import { type HistoryEvent, nameOf, type RunEvents, runIdsOf, type ShapeFault, valuesOf } from './history.ts';
import type { Denial, ReplayedRun } from './replay.ts';

/** Answers of activities that were signed. That each signature holds, replay has shown: the workflows' code denies any other answer. */
export interface SealedAnswers {
  /** Public keys that they were signed with. */
  readonly keys: readonly string[];
  readonly count: number;
  /** Answers that have not counted, with the history that they stand in. */
  readonly denied: readonly (Denial & { readonly of: string })[];
}

/**
 * What the seals of a record tell.
 *
 * @param phase its runs, as they continued as new into each other
 * @param keys those that the workers had, where they are known from elsewhere
 * @returns `undefined` where the phase has not asked for signed answers
 */
export function sealedAnswers(
  phase: readonly ReplayedRun[],
  milestones: readonly ReplayedRun[],
  keys: ReadonlySet<string> | undefined,
): SealedAnswers | ShapeFault | undefined {
  if (!isSealed(phase[0]?.events ?? [])) {
    if (keys === undefined) return undefined;
    return { where: 'the keys of workers given', reason: 'answers of activities are not signed in this record' };
  }
  const used = new Set<string>();
  let count = 0;
  for (const { events, denied } of [...phase, ...milestones]) {
    const runs = runIdsOf(events);
    const uncounted = new Set(denied.map(({ event }) => event));
    for (const event of events.filter(({ eventId }) => !uncounted.has(eventId))) {
      const sealed = sealIn(event);
      if (sealed === undefined) continue;
      const { key, run } = sealed;
      const reason = seal(key, run, runs, keys);
      if (reason !== undefined) {
        return { where: `event ${String(event.eventId)} of the history of ${nameOf(events)}`, reason };
      }
      used.add(key);
      count += 1;
    }
  }
  const denied = [...phase, ...milestones].flatMap(({ events, denied: all }) =>
    all.map((one) => ({ ...one, of: nameOf(events) })),
  );
  return { keys: [...used], count, denied };
}

/** Why an answer is not one of the workers that are known, to this run. */
function seal(
  key: string,
  run: string | undefined,
  runs: readonly string[],
  keys: ReadonlySet<string> | undefined,
): string | undefined {
  if (run !== undefined && !runs.includes(run)) return 'this answer was given to another workflow with the same id';
  return keys?.has(key) === false
    ? `the keys of workers given do not hold ${key}, which has signed this answer`
    : undefined;
}

/** The first answer tells whether the phase asks for signed ones. */
function isSealed(events: RunEvents): boolean {
  return answersOf(events, 'compilePhase')[0]?.isSealed === true;
}

/** The seal on the result or the failure of an activity. */
function sealIn({
  activityTaskCompletedEventAttributes: done,
  activityTaskFailedEventAttributes: failed,
  markerRecordedEventAttributes: marker,
}: HistoryEvent): Seal | undefined {
  const failure = failed?.failure ?? marker?.failure;
  if (failure !== undefined) return sealedDetails(valuesOf(failure.applicationFailureInfo?.details)).seal;
  return sealedIn(valuesOf(done?.result ?? marker?.details?.['result'])[0])?.seal;
}
