import { z } from 'zod';
import { payloadConverter } from '../payload-converter.ts';

/** What `temporal workflow show --output json` prints, as far as it is read here; everything else is left alone. */
const payload = z.looseObject({ metadata: z.record(z.string(), z.string()).optional(), data: z.string().optional() });
const payloads = z.looseObject({ payloads: z.array(payload).optional() });
const update = z.looseObject({ input: z.looseObject({ name: z.string(), args: payloads.optional() }) });
const eventId = z.union([z.string(), z.number()]).transform(Number);
const execution = z.looseObject({ workflowId: z.string(), runId: z.string() });
const childEnd = z.looseObject({ workflowExecution: execution, startedEventId: eventId });
const event = z.looseObject({
  eventId,
  eventTime: z.iso.datetime({ offset: true }).optional(),
  workflowExecutionStartedEventAttributes: z
    .looseObject({
      workflowType: z.looseObject({ name: z.string() }),
      input: payloads.optional(),
      firstExecutionRunId: z.string().optional(),
      /** As the run began; a reset gives it another one. */
      originalExecutionRunId: z.string().optional(),
      continuedExecutionRunId: z.string().optional(),
      workflowId: z.string().optional(),
    })
    .optional(),
  workflowExecutionSignaledEventAttributes: z
    .looseObject({ signalName: z.string(), input: payloads.optional() })
    .optional(),
  // Absent for an update that a reset has brought over: its request stands in an event of its own.
  workflowExecutionUpdateAcceptedEventAttributes: z.looseObject({ acceptedRequest: update.optional() }).optional(),
  workflowExecutionUpdateAdmittedEventAttributes: z.looseObject({ request: update }).optional(),
  workflowTaskStartedEventAttributes: z.looseObject({}).optional(),
  workflowTaskFailedEventAttributes: z
    .looseObject({ cause: z.string().optional(), newRunId: z.string().optional() })
    .optional(),
  activityTaskStartedEventAttributes: z.looseObject({}).optional(),
  activityTaskScheduledEventAttributes: z
    .looseObject({ activityType: z.looseObject({ name: z.string() }), input: payloads.optional() })
    .optional(),
  activityTaskCompletedEventAttributes: z
    .looseObject({ scheduledEventId: eventId, result: payloads.optional() })
    .optional(),
  markerRecordedEventAttributes: z
    .looseObject({ markerName: z.string(), details: z.record(z.string(), payloads).optional() })
    .optional(),
  workflowPropertiesModifiedEventAttributes: z
    .looseObject({ upsertedMemo: z.looseObject({ fields: z.record(z.string(), payload) }).optional() })
    .optional(),
  workflowExecutionContinuedAsNewEventAttributes: z
    .looseObject({ newExecutionRunId: z.string(), input: payloads.optional() })
    .optional(),
  startChildWorkflowExecutionInitiatedEventAttributes: z
    .looseObject({ workflowId: z.string(), input: payloads.optional() })
    .optional(),
  childWorkflowExecutionStartedEventAttributes: z
    .looseObject({ workflowExecution: execution, initiatedEventId: eventId })
    .optional(),
  childWorkflowExecutionCompletedEventAttributes: childEnd.extend({ result: payloads.optional() }).optional(),
  childWorkflowExecutionFailedEventAttributes: childEnd.optional(),
  childWorkflowExecutionCanceledEventAttributes: childEnd.optional(),
  childWorkflowExecutionTimedOutEventAttributes: childEnd.optional(),
  childWorkflowExecutionTerminatedEventAttributes: childEnd.optional(),
  workflowExecutionCompletedEventAttributes: z.looseObject({ result: payloads.optional() }).optional(),
  workflowExecutionCanceledEventAttributes: z.looseObject({}).optional(),
  workflowExecutionFailedEventAttributes: z.looseObject({}).optional(),
  workflowExecutionTerminatedEventAttributes: z.looseObject({}).optional(),
  workflowExecutionTimedOutEventAttributes: z.looseObject({}).optional(),
});
const history = z.looseObject({ events: z.array(event).min(1) });

export type HistoryEvent = z.output<typeof event>;
export type Payloads = z.output<typeof payloads>;

/** The events of a history file, or what is wrong with it in one sentence. */
export function readHistory(text: string): { readonly events: readonly HistoryEvent[] } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is not JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const parsed = history.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: `it is no history: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}

/** The decoded values of an event's payloads. */
export function valuesOf(given: Payloads | undefined): unknown[] {
  return (given?.payloads ?? []).map((one) => valueOf(one));
}

export function valueOf({ metadata = {}, data = '' }: z.output<typeof payload>): unknown {
  const encoded = Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
  return payloadConverter.fromPayload({ metadata: Object.fromEntries(encoded), data: Buffer.from(data, 'base64') });
}
