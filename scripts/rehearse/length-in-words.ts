const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `20 s`, `12 min`, `3 h 20 min`, `2 d 4 h` */
export function inWords(ms: number): string {
  if (ms < MINUTE) return `${String(Math.round(ms / SECOND))} s`;
  if (ms < HOUR) return `${String(Math.round(ms / MINUTE))} min`;
  const minutes = Math.round(ms / MINUTE);
  if (ms < DAY) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(ms / HOUR);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** People of a rehearsal take some seconds, which is no wait. */
export function waitInWords(ms: number): string {
  return ms < MINUTE ? 'at once' : inWords(ms);
}

function two(larger: number, unit: string, smaller: number, smallerUnit: string): string {
  return `${String(larger)} ${unit}${smaller === 0 ? '' : ` ${String(smaller)} ${smallerUnit}`}`;
}
