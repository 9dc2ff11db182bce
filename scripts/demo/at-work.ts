import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** Number of activities that are named; the rest is counted. */
const NAMED = 3;

/** The pending activities of workflows, with their last heartbeats: `checks by scan: development`. */
export async function atWork(client: Client, workflowIds: readonly string[]): Promise<string> {
  const shown: string[] = [];
  for (const id of workflowIds) {
    const { raw } = await client.workflow.getHandle(id).describe();
    for (const { activityType, heartbeatDetails } of raw.pendingActivities ?? []) {
      // A milestone runs the one for as long as it lasts, and a phase the other until a standup is due, so they tell nothing.
      if (activityType?.name === 'watchPhase' || activityType?.name === 'publish') continue;
      const [payload] = heartbeatDetails?.payloads ?? [];
      const details: unknown =
        payload === undefined || payload === null ? undefined : defaultPayloadConverter.fromPayload(payload);
      shown.push([activityType?.name ?? '', ...inWords(details)].join(' · '));
    }
  }
  const rest = shown.length > NAMED ? [`and ${String(shown.length - NAMED)} more`] : [];
  return [...shown.slice(0, NAMED), ...rest].join('; ');
}

function inWords(details: unknown): string[] {
  if (typeof details !== 'object' || details === null) return [];
  const values = Object.values(details).flatMap((value: unknown) => (Array.isArray(value) ? value.join(', ') : value));
  return values.filter((value) => typeof value === 'string');
}
