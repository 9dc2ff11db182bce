import { IANAZone } from 'luxon';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * The first instant at which the clocks of a zone show a time or a later one. So a time that they skip in spring is
 * the moment of the skip, and one that they show twice in autumn is the first of the two.
 *
 * @param shown - date and time on the clock, as epoch milliseconds of the same date and time in UTC
 */
export function firstInstant(zone: IANAZone, shown: number): number {
  const before = zone.offset(shown - DAY);
  const after = zone.offset(shown + DAY);
  const byOld = shown - before * MINUTE;
  if (before === after || zone.offset(byOld) === before) return byOld;
  const byNew = shown - after * MINUTE;
  return zone.offset(byNew) === after ? byNew : changeBetween(zone, byNew, byOld);
}

/** @throws RangeError when this machine knows no such zone */
export function zoneNamed(name: string): IANAZone {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw new RangeError(`There is no time zone "${name}".`);
  return zone;
}

/** The moment at which the clocks change; it lies after `low` and not after `high`. */
function changeBetween(zone: IANAZone, low: number, high: number): number {
  const old = zone.offset(low);
  let [last, first] = [low, high];
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (zone.offset(middle) === old) last = middle;
    else first = middle;
  }
  return first;
}
