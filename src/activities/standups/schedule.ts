import { nextOccasion } from '../../calendar/occasions.ts';
import type { PublishRequest } from '../../contract/delivery.ts';

/** What is published next. */
export interface Due {
  readonly id: string;
  readonly title: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether it is on the calendar, and counts as the last one there. */
  readonly isScheduled: boolean;
  /** How long channels are attempted, in milliseconds: an old standup is worth less than the next one. */
  readonly patience: number;
}

const HOUR = 3_600_000;
const PATIENCE = 4 * HOUR;
/** What was due earlier than this, while no worker ran, is left out. */
const WEEK = 7 * 24 * HOUR;
/** The same in plan days, which may be short. */
const MISSED = 7;

const nouns = { standup: 'Standup', review: 'Review' } as const;

/** @returns `undefined` when the calendar has no more */
export function dueNext({ kind, when, calendar, dayMs }: PublishRequest, now: number): Due | undefined {
  const noun = nouns[kind];
  if ('id' in when) {
    const { id, at, by } = when;
    const title =
      kind === 'review'
        ? `${noun} of milestone ${id.slice('review-'.length)}`
        : `Extra standup${by === undefined ? '' : `, asked for by ${by}`}`;
    // At once, whatever the clock of the server said.
    return { id, title, at: Math.min(at, now), isScheduled: false, patience: PATIENCE };
  }
  if ('every' in when) {
    const { began, every, after } = when;
    const period = every * dayMs;
    const day = (Math.floor((Math.max(after, now - MISSED * period) - began) / period) + 1) * every;
    const patience = Math.min(PATIENCE, period / 2);
    const id = `${kind}-day-${String(day)}`;
    return { id, title: `${noun} of plan day ${String(day)}`, at: began + day * dayMs, isScheduled: true, patience };
  }
  if (calendar === undefined) return undefined;
  const next = nextOccasion(calendar, when, Math.max(when.after, now - WEEK));
  if (next === undefined) return undefined;
  const { day, at } = next;
  return { id: `${kind}-${day}`, title: `${noun} of ${day}`, at, isScheduled: true, patience: PATIENCE };
}
