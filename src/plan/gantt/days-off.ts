import { type DateFormat, dateFormat, defaultDateFormat } from './dates.ts';
import type { Field } from './bar.ts';
import { dayLength } from './time.ts';
import type { ProblemCollector } from '../problems.ts';
import { quoteAll } from '../../base/text.ts';

/** Weekdays in the order of `Date.getUTCDay()`. */
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const iso = dateFormat(defaultDateFormat);

/**
 * Limit for looking up days, for all bars of a chart together: a chart of thousands of bars over decades ends with an error instead of
 * taking minutes. A day that is looked up for the first time costs as much as twenty cached ones.
 */
const COST = 2_000_000;
const NEW_DAY = 20;

export interface DaysOffStatements {
  readonly excludes: Field | undefined;
  readonly includes: Field | undefined;
  /** `weekend friday`: Friday and Saturday are off. Otherwise Saturday and Sunday. */
  readonly weekend: Field | undefined;
}

/** The days that a chart excludes, by Mermaid's rules. */
export class DaysOff {
  readonly #excludes: ReadonlySet<string>;
  readonly #includes: ReadonlySet<string>;
  readonly #weekend: readonly (string | undefined)[];
  readonly #dates: DateFormat;
  readonly #known = new Map<number, boolean>();
  /** Element n is the number of days off among the first n days of the chart. */
  readonly #offBefore: number[] = [0];
  #cost = 0;

  constructor(dates: DateFormat, { excludes, includes, weekend }: DaysOffStatements) {
    this.#dates = dates;
    this.#excludes = new Set(wordsOf(excludes));
    this.#includes = new Set(wordsOf(includes));
    this.#weekend = weekend?.text.toLowerCase() === 'friday' ? ['friday', 'saturday'] : ['saturday', 'sunday'];
  }

  /** True when a time is on a day off. */
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
   * Moves the end of a bar by one day for every day off within it, except its first day. `end` is the time at which the next bar may
   * start. `drawn` is the end of the drawn bar, without days off at its end. `undefined` when the chart exceeds the limit of look-ups.
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

  /** Working time in milliseconds since the first start of the chart; `undefined` when the chart exceeds the limit of look-ups. */
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

/** Reads the days off of a chart; `undefined` when it excludes none, or when it has no dates. */
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
        `"${name} ${field.text}" has no effect: with dateFormat ${dates.format}, every plan day is a working day.`,
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
  problems.finding('gantt-working-days', `Mermaid ignores ${quoteAll(odd)}, and so does the plan.`, field.point, {
    expected: 'dates such as 2026-12-25; after "excludes" also "weekends" and weekdays such as "friday"',
  });
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
