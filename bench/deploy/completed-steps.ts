import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { StepCall } from '../../src/contract/kinds.ts';

interface Timestamp {
  readonly seconds?: { toNumber(): number } | number | null;
  readonly nanos?: number | null;
}

/** Completion times of the stacks' activities, in epoch milliseconds, from the history of the milestone. */
export async function completedSteps(milestone: WorkflowHandle): Promise<Map<string, number>> {
  const { events } = await milestone.fetchHistory();
  const stacks = new Map<string, string>();
  const done = new Map<string, number>();
  for (const event of events ?? []) {
    const { eventId, eventTime, activityTaskScheduledEventAttributes: scheduled } = event;
    if (scheduled?.activityType?.name === 'step.stacks') {
      const [payload] = scheduled.input?.payloads ?? [];
      const call = payload && defaultPayloadConverter.fromPayload<StepCall>(payload);
      const stack = call?.input['stackName'];
      if (typeof stack === 'string') stacks.set(String(eventId), stack);
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const stack = stacks.get(String(completed?.scheduledEventId));
    if (stack !== undefined && eventTime) done.set(stack, milliseconds(eventTime));
  }
  return done;
}

function milliseconds({ seconds, nanos }: Timestamp): number {
  const whole = typeof seconds === 'object' ? (seconds?.toNumber() ?? 0) : (seconds ?? 0);
  return whole * 1000 + (nanos ?? 0) / 1e6;
}
