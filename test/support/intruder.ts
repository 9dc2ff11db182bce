import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';

/** Somebody who may write to the namespace, and has no key: does what `temporal activity complete` and `temporal activity fail` do. */
export class Intruder {
  readonly identity = 'mallory@elsewhere';
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** Ids of the activities of a type that a workflow waits for. */
  async pending(workflowId: string, type: string, runId?: string): Promise<string[]> {
    const { raw } = await this.client.workflow.getHandle(workflowId, runId).describe();
    return (raw.pendingActivities ?? [])
      .filter(({ activityType }) => activityType?.name === type)
      .map(({ activityId }) => activityId ?? '');
  }

  async complete(workflowId: string, activityId: string, ...results: unknown[]): Promise<void> {
    await this.completeWith(
      workflowId,
      activityId,
      results.map((one) => defaultPayloadConverter.toPayload(one)),
    );
  }

  async completeWith(workflowId: string, activityId: string, payloads: Payload[]): Promise<void> {
    const { namespace } = this.client.options;
    await this.client.workflowService.respondActivityTaskCompletedById({
      ...{ namespace, workflowId, activityId, identity: this.identity },
      result: { payloads },
    });
  }

  async fail(workflowId: string, activityId: string, message: string): Promise<void> {
    const { namespace } = this.client.options;
    await this.client.workflowService.respondActivityTaskFailedById({
      ...{ namespace, workflowId, activityId, identity: this.identity },
      failure: { message, applicationFailureInfo: { type: 'PermanentError', nonRetryable: true } },
    });
  }

  /** Says of an activity that runs that it was cancelled. */
  async cancel(workflowId: string, activityId: string): Promise<void> {
    const { namespace } = this.client.options;
    await this.client.workflowService.respondActivityTaskCanceledById({
      ...{ namespace, workflowId, activityId, identity: this.identity },
    });
  }

  /** Has the server itself end an activity: it fails one whose heartbeat is larger than it takes. */
  async overload(workflowId: string, activityId: string, details: unknown): Promise<void> {
    const { namespace } = this.client.options;
    await this.client.workflowService.recordActivityTaskHeartbeatById({
      ...{ namespace, workflowId, activityId, identity: this.identity },
      details: { payloads: [defaultPayloadConverter.toPayload(details)] },
    });
  }

  /** Ends an attempt of an activity that runs, so that another one follows, and says what its last heartbeat was. */
  async interrupt(workflowId: string, activityId: string, details: unknown): Promise<void> {
    const { namespace } = this.client.options;
    const lastHeartbeatDetails = { payloads: [defaultPayloadConverter.toPayload(details)] };
    await this.client.workflowService.respondActivityTaskFailedById({
      ...{ namespace, workflowId, activityId, identity: this.identity, lastHeartbeatDetails },
      failure: { message: 'the connection is lost', applicationFailureInfo: { type: 'Error' } },
    });
  }

  /** Results of the activities of a type that have completed, as they stand in the history. */
  async answers(workflowId: string, type: string): Promise<Payload[]> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: done }) => {
      const scheduled = events?.[Number(done?.scheduledEventId) - 1]?.activityTaskScheduledEventAttributes;
      const payloads = scheduled?.activityType?.name === type ? done?.result?.payloads : undefined;
      return payloads ?? [];
    });
  }
}
