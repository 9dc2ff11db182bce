import type { Finding } from './finding.ts';
import type { Queue } from './versions.ts';

/**
 * Seconds since the last poll. A worker polls at least once a minute, so after 70 s it may be gone, and after two minutes it is taken for
 * gone. The server lists a poller for five minutes after its last poll.
 */
const LATE = 70;
const GONE = 120;

/** Lists the pollers of a task queue, with the time since the last poll of each. */
export function pollersFinding(what: string, queue: Queue, now: number): Finding {
  const { name } = queue;
  const ages = agesOf(queue, now);
  const [latest] = ages;
  const mend = 'npm start';
  if (latest === undefined) return { state: 'fail', what, found: `nobody polls the task queue ${name}`, mend };
  const [identity, age] = latest;
  if (age > GONE) {
    const found = `nobody polls the task queue ${name} any more; last did ${identity}, ${ago(age)}`;
    return { state: 'fail', what, found, mend };
  }
  if (age > LATE) {
    const found = `${name} was polled last by ${identity}, ${ago(age)}; a worker that is there does so once a minute`;
    return { state: 'warn', what, found, mend: `look whether it still runs; otherwise ${mend}` };
  }
  const there = ages.filter(([, one]) => one <= GONE).map(([who, one]) => `${who} (${ago(one)})`);
  return { state: 'ok', what, found: `${name} is polled by ${there.join(', ')}` };
}

/** The pollers of a queue that are not known to be gone. */
export function stillPolling({ pollers }: Queue, now: number): Queue['pollers'] {
  return pollers.filter((poller) => ageOf(poller, now) <= GONE);
}

/** Seconds since each identity has polled, the latest first. A process has several pollers, and counts once. */
function agesOf({ pollers }: Queue, now: number): [identity: string, age: number][] {
  const ages = new Map<string, number>();
  for (const poller of pollers) {
    const identity = poller.identity ?? 'unnamed';
    ages.set(identity, Math.min(ages.get(identity) ?? Infinity, ageOf(poller, now)));
  }
  return [...ages].sort(([, one], [, other]) => one - other);
}

/** The server's clock may be ahead of this one. */
function ageOf({ lastAccessTime }: Queue['pollers'][number], now: number): number {
  return Math.max(0, Math.round(now / 1000 - Number(lastAccessTime?.seconds ?? 0)));
}

function ago(seconds: number): string {
  return seconds < GONE ? `${String(seconds)} s ago` : `${String(Math.floor(seconds / 60))} min ago`;
}
