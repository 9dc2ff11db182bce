import { nameOf, type RunEvents } from './run.ts';

/** Where a history is not one that a server has written. */
export interface ShapeFault {
  readonly where: string;
  readonly reason: string;
}

/** How far clocks of the server's own machines may be apart, in milliseconds. */
const APART = 60_000;

/** Events are counted from 1 without a gap. */
export function countFault(events: RunEvents): ShapeFault | undefined {
  const at = events.findIndex(({ eventId }, index) => eventId !== index + 1);
  if (at < 0) return undefined;
  const reason = `event ${String(events[at]?.eventId)} stands where event ${String(at + 1)} belongs`;
  return { where: `the history of ${nameOf(events)}`, reason };
}

/**
 * Times do not go back, but for what the server keeps back while a worker has a workflow task: that is stamped as it comes and
 * follows when the task is done. When an activity began is told as it ends.
 */
export function timeFault(events: RunEvents): ShapeFault | undefined {
  let floor = -Infinity;
  for (const event of events) {
    if (event.eventTime === undefined || event.activityTaskStartedEventAttributes !== undefined) continue;
    const time = Date.parse(event.eventTime);
    if (time < floor - APART) {
      const reason = `event ${String(event.eventId)} is older than what came before it`;
      return { where: `the history of ${nameOf(events)}`, reason };
    }
    if (event.workflowTaskStartedEventAttributes !== undefined) floor = Math.max(floor, time);
  }
  return undefined;
}
