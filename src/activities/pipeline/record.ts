import { z } from 'zod';
import { digestOf } from '../../base/digest.ts';
import { safeName } from '../../base/text.ts';
import type { StepCall } from '../../contract/kinds.ts';
import type { RecordStore } from '../../store/store.ts';

/** The part of a step's progress that has to outlive the activity: an approval may take weeks, and a heartbeat is then forgotten. */
const releaseRecord = z.object({
  /** Epoch milliseconds at which the step first asked AWS for something. */
  since: z.number(),
  /** Digest of what was asked for: another try with the same digest may go on with the execution. */
  asked: z.string().optional(),
  executionId: z.string().optional(),
  retry: z.object({ executionId: z.string(), stage: z.string(), retries: z.number() }).optional(),
  rollback: z.object({ stage: z.string(), target: z.string(), since: z.number() }).optional(),
});

export type ReleaseRecord = z.output<typeof releaseRecord>;

/** What identifies the records of a step. */
type Recorded = Pick<StepCall, 'phase' | 'step'>;

/** Reads the record of a release; `undefined` when there is none, or it cannot be understood. */
export async function readRecord(
  records: RecordStore,
  call: Recorded,
  token: string,
): Promise<ReleaseRecord | undefined> {
  return releaseRecord.safeParse(await readJson(records, pathOf(call, token))).data;
}

/** Writes the record of a release. */
export async function writeRecord(
  records: RecordStore,
  call: Recorded,
  token: string,
  record: ReleaseRecord,
): Promise<void> {
  await records.write(pathOf(call, token), JSON.stringify(record));
}

/** Digest of what a release asks of its pipeline. */
export function askedDigest({ variables, revisions }: ReleaseAsked): string {
  return digestOf({ variables, revisions });
}

interface ReleaseAsked {
  readonly variables: { readonly [name: string]: string };
  readonly revisions: { readonly [source: string]: string };
}

/** The token of the latest try of a step; `undefined` when there was none. */
export async function latestTry(records: RecordStore, call: Recorded): Promise<string | undefined> {
  const found = await readJson(records, latestPath(call));
  return z.object({ token: z.string() }).safeParse(found).data?.token;
}

/** Records the token of the latest try of a step. */
export async function recordTry(records: RecordStore, call: Recorded, token: string): Promise<void> {
  await records.write(latestPath(call), JSON.stringify({ token }));
}

function pathOf(call: Recorded, token: string): string {
  return `${folderOf(call)}/${token}.json`;
}

function latestPath(call: Recorded): string {
  return `${folderOf(call)}/latest-${safeName(call.step.id)}.json`;
}

function folderOf({ phase: { workflowId, firstRunId } }: Recorded): string {
  return `${safeName(workflowId)}/${safeName(firstRunId)}/pipelines`;
}

async function readJson(records: RecordStore, path: string): Promise<unknown> {
  const text = await records.read(path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
