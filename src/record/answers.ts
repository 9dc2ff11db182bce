import { sealedIn, unsealed } from '../contract/seal.ts';
import { type RunEvents, valuesOf } from './history.ts';

/** An activity that has completed: with the event that scheduled it. */
export interface Answered {
  readonly event: number;
  readonly input: unknown;
  readonly answer: unknown;
  /** Whether it is signed by a worker. */
  readonly isSealed: boolean;
}

/** The activities of a type that have completed. */
export function answersOf(events: RunEvents, type: string): Answered[] {
  return events.flatMap(({ activityTaskCompletedEventAttributes: done }) => {
    const scheduled = done === undefined ? undefined : events[done.scheduledEventId - 1];
    const { activityType, input } = scheduled?.activityTaskScheduledEventAttributes ?? {};
    if (done === undefined || scheduled === undefined || activityType?.name !== type) return [];
    const [answer] = valuesOf(done.result);
    const isSealed = sealedIn(answer) !== undefined;
    return [{ event: scheduled.eventId, input: valuesOf(input)[0], answer: unsealed(answer), isSealed }];
  });
}
