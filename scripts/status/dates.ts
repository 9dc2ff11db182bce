import { PermanentError } from '../../src/base/errors.ts';
import { askPhase, readPhase } from '../../src/record/on-server.ts';
import { RecordError } from '../../src/record/record-error.ts';
import { standingOf } from '../../src/record/standing.ts';
import { percentDone } from '../../src/views/report/headline.ts';
import { slipInWords, subjectOf } from '../../src/views/report/subject.ts';
import { firstLine } from '../command-line.ts';
import type { ConnectedClient } from '../temporal-client.ts';
import { replayBundle } from '../verify/bundle.ts';
import type { ListedPhase } from './phases.ts';

/** What the schedule of a phase says. */
export interface PhaseDates {
  /** Percent of the planned work. */
  readonly done: number;
  /** ISO instants: planned, and expected or real. */
  readonly plannedEnd: string;
  readonly end: string;
  /** `1 day late`. */
  readonly difference: string;
}

/**
 * Reads and replays the histories of phases, one phase after the other: each may take seconds and hundreds of megabytes.
 *
 * @returns by workflow id; a reason where a phase has no schedule
 */
export async function datesOf(
  { client }: ConnectedClient,
  phases: readonly ListedPhase[],
): Promise<ReadonlyMap<string, PhaseDates | string>> {
  const bundle = replayBundle();
  const found = new Map<string, PhaseDates | string>();
  for (const { workflowId, problem } of phases) {
    try {
      const { histories, isOpen } = await readPhase(client, workflowId);
      // It has not answered before.
      const live = isOpen && problem === undefined ? await askPhase(client, workflowId, Date.now()) : undefined;
      const now = { at: Date.now(), milestones: [], gaps: [] };
      const subject = subjectOf(await standingOf(histories, bundle, isOpen ? (live ?? now) : undefined));
      const { planned, forecast, slip } = subject.schedule;
      found.set(workflowId, {
        done: percentDone(subject),
        plannedEnd: new Date(planned.end).toISOString(),
        end: new Date(subject.standing.endedAt ?? forecast.end).toISOString(),
        difference: slipInWords(slip, subject),
      });
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof PermanentError)) throw error;
      found.set(workflowId, firstLine(error));
    }
  }
  return found;
}
