import { type DateFormat, dateFormat, defaultDateFormat } from './dates.ts';
import type { Field } from './bar.ts';
import { dayLength } from './time.ts';
import type { ProblemCollector } from '../problems.ts';
import { quoteAll } from '../../base/text.ts';

/** In the order of `Date`'s weekday numbers. */
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const iso = dateFormat(defaultDateFormat);

/**
 * What looking at days may cost a chart, all bars together: a chart of thousands of bars over decades ends with an error, not in
 * minutes. A day that is looked at for the first time costs as much as twenty that are known.
 */
const COST = 2_000_000;
const NEW_DAY = 20;

export interface DaysOffStatements {
  readonly excludes: Field | undefined;
  readonly includes: Field | undefined;
  /** `weekend friday`: Friday and Saturday are off. Otherwise Saturday and Sunday. */
  readonly weekend: Field | undefined;
}

/** The days that a chart excludes, looked at as Mermaid does. */
export class DaysOff {
  readonly #excludes: ReadonlySet<string>;
  readonly #includes: ReadonlySet<string>;
  readonly #weekend: readonly (string | undefined)[];
  readonly #dates: DateFormat;
  readonly #known = new Map<number, boolean>();
  /** How many of the chart's first days are off: of none, of the first, of the first two and so on. */
  readonly #offBefore: number[] = [0];
  #cost = 0;

  constructor(dates: DateFormat, { excludes, includes, weekend }: DaysOffStatements) {
    this.#dates = dates;
    this.#excludes = new Set(wordsOf(excludes));
    this.#includes = new Set(wordsOf(includes));
    this.#weekend = weekend?.text.toLowerCase() === 'friday' ? ['friday', 'saturday'] : ['saturday', 'sunday'];
  }

  /** Whether a moment falls on a day that is off. */
  has(time: number): boolean {
    this.#cost += 1;
    const known = this.#known.get(time);
    if (known !== undefined) return known;
    this.#cost += NEW_DAY;
    const date = iso?.write(time) ?? '';
    const weekday = weekdays[new Date(time).getUTCDay()] ?? '';
    const written = this.#dates.write(time);
    const isOff =
      !this.#includes.has(date) &&
      !this.#includes.has(written) &&
      ((this.#excludes.has('weekends') && this.#weekend.includes(weekday)) ||
        this.#excludes.has(weekday) ||
        this.#excludes.has(date) ||
        this.#excludes.has(written));
    this.#known.set(time, isOff);
    return isOff;
  }

  /**
   * The end of a bar, put off by a day for every day off within it, its first day apart: `end`, when the next bar may start; and
   * `drawn`, up to where it is drawn, which is before the days off at its end. None where no end comes of it.
   */
  extend(start: number, end: number): { readonly end: number; readonly drawn: number } | undefined {
    let [last, drawn, wasOff] = [end, end, false];
    for (let day = start + dayLength; day <= last; day += dayLength) {
      if (this.#cost > COST) return undefined;
      if (!wasOff) drawn = last;
      wasOff = this.has(day);
      if (wasOff) last += dayLength;
    }
    return { end: last, drawn };
  }

  /** Milliseconds of work from the first start of the chart; none where that is too long ago to be counted from. */
  work(origin: number, to: number): number | undefined {
    const first = midnight(origin);
    const day = Math.floor((to - first) / dayLength);
    while (this.#offBefore.length <= day) {
      if (this.#cost > COST) return undefined;
      const next = this.#offBefore.length - 1;
      this.#offBefore.push((this.#offBefore[next] ?? 0) + (this.has(first + next * dayLength) ? 1 : 0));
    }
    const offUntil = (time: number, days: number): number => {
      const today = first + days * dayLength;
      return (this.#offBefore[days] ?? 0) * dayLength + (this.has(today) ? time - today : 0);
    };
    return to - origin - offUntil(to, day) + offUntil(origin, 0);
  }
}

/** The calendar of a chart; none where nothing is excluded, or where the chart has no dates to exclude. */
export function readDaysOff(
  dates: DateFormat | undefined,
  statements: DaysOffStatements,
  problems: ProblemCollector,
): DaysOff | undefined {
  const { excludes, includes } = statements;
  if (dates === undefined) return undefined;
  if (dates.counts !== 'dates') {
    for (const [name, field] of Object.entries({ excludes, includes })) {
      if (field === undefined) continue;
      problems.finding(
        'gantt-working-days',
        `"${name} ${field.text}" is not followed: by dateFormat ${dates.format}, a plan day is a day of work.`,
        field.point,
        { suggestion: 'Write dates: "dateFormat YYYY-MM-DD".' },
      );
    }
    return undefined;
  }
  const isDate = (word: string): boolean => iso?.parse(word) !== undefined || dates.parse(word) !== undefined;
  reportOdd(excludes, (word) => word === 'weekends' || weekdays.includes(word) || isDate(word), problems);
  reportOdd(includes, isDate, problems);
  return excludes === undefined ? undefined : new DaysOff(dates, statements);
}

function reportOdd(field: Field | undefined, isKnown: (word: string) => boolean, problems: ProblemCollector): void {
  if (field === undefined) return;
  const odd = wordsOf(field).filter((word) => !isKnown(word));
  if (odd.length === 0) return;
  problems.finding(
    'gantt-working-days',
    `Mermaid does not follow ${quoteAll(odd)}, and so the plan does not.`,
    field.point,
    {
      expected: 'dates such as 2026-12-25; after "excludes" also "weekends" and weekdays such as "friday"',
    },
  );
}

function wordsOf(field: Field | undefined): string[] {
  return (field?.text ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
}

function midnight(time: number): number {
  return Math.floor(time / dayLength) * dayLength;
}
