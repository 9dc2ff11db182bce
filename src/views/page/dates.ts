import { DateTime, type DurationLike } from 'luxon';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps of an axis, the smallest first. */
const steps: readonly {
  readonly ms: number;
  readonly step: DurationLike;
  readonly unit: 'second' | 'minute' | 'hour' | 'day';
}[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => ({ ms: seconds * SECOND, step: { seconds }, unit: 'second' as const })),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => ({ ms: minutes * MINUTE, step: { minutes }, unit: 'minute' as const })),
  ...[1, 2, 3, 6, 12].map((hours) => ({ ms: hours * HOUR, step: { hours }, unit: 'hour' as const })),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((days) => ({ ms: days * DAY, step: { days }, unit: 'day' as const })),
];

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Instants in words, in one time zone. A phase of minutes is told to the second, one of days to the minute. */
export class Dates {
  readonly zone: string;
  private readonly format: string;

  /**
   * @param zone IANA name; one that this machine does not know is taken as UTC
   * @param length of what is told, in milliseconds
   */
  constructor(zone: string | undefined, length: number) {
    this.zone = zone !== undefined && DateTime.local({ zone }).isValid ? zone : 'UTC';
    this.format = length < 2 * HOUR ? 'd LLL yyyy HH:mm:ss' : 'd LLL yyyy HH:mm';
  }

  /** `7 Dec 2026 09:00` */
  instant(at: number): string {
    return this.at(at).toFormat(this.format);
  }

  /** `7 Dec 2026` */
  day(at: number): string {
    return this.at(at).toFormat('d LLL yyyy');
  }

  /** Marks of an axis, at round times by the clock of the zone. */
  ticks(start: number, end: number, most: number): Tick[] {
    const { step, unit, ms } = steps.find((one) => (end - start) / one.ms <= most) ?? {
      step: { years: 1 },
      unit: 'day' as const,
      ms: 365 * DAY,
    };
    const found: Tick[] = [];
    // Of round times: minutes from the hour on, hours from midnight on.
    const larger = { second: 'minute', minute: 'hour', hour: 'day', day: 'day' } as const;
    let time = this.at(start).startOf(larger[unit]);
    while (time.toMillis() < start) time = time.plus(step);
    for (; time.toMillis() <= end && found.length <= most; time = time.plus(step)) {
      found.push({ at: time.toMillis(), label: time.toFormat(labelFormat(unit, ms, time)) });
    }
    return found;
  }

  private at(at: number): DateTime {
    return DateTime.fromMillis(at, { zone: this.zone, locale: 'en' });
  }
}

function labelFormat(unit: 'second' | 'minute' | 'hour' | 'day', ms: number, time: DateTime): string {
  if (unit === 'day') return ms >= 182 * DAY ? 'LLL yyyy' : 'd LLL';
  if (unit === 'second') return 'HH:mm:ss';
  return unit === 'hour' && time.hour === 0 ? 'd LLL' : 'HH:mm';
}
