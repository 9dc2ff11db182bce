import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RecordError } from './record-error.ts';
import { startOf, runIdOf, typeOf, type RunEvents } from './run.ts';
import type { RecordStore } from './store.ts';

const run = { workflowId: z.string(), runId: z.string() };
const file = z.string().regex(/^[0-9a-f]{64}\.json$/, 'a SHA-256 and ".json"');
const recordIndex = z.looseObject({
  format: z.literal(1),
  phase: z.looseObject(run),
  histories: z.array(z.looseObject({ ...run, type: z.string(), events: z.int(), file })).min(1),
});

type Indexed = z.output<typeof recordIndex>['histories'][number];

export interface TextFile {
  readonly name: string;
  readonly text: string;
  /** What the index says of it. */
  readonly indexed?: Indexed;
}

/** The histories of a record, each of them what its name says. */
export async function recordIn(store: RecordStore): Promise<TextFile[]> {
  const { location } = store;
  const text = await store.read('index.json');
  if (text === undefined) throw new RecordError(`${location}: there is no index.json, so this is no record of a phase`);
  const { phase, histories } = indexOf(`${location}/index.json`, text);
  const isThere = histories.some(({ type, runId, workflowId }) => {
    return type === 'phase' && runId === phase.runId && workflowId === phase.workflowId;
  });
  if (!isThere) throw new RecordError(`${location}/index.json: it names a run of the phase that it does not list`);
  return Promise.all(histories.map((indexed) => fileOf(store, indexed)));
}

async function fileOf(store: RecordStore, indexed: Indexed): Promise<TextFile> {
  const name = `${store.location}/${indexed.file}`;
  const text = await store.read(indexed.file);
  if (text === undefined) throw new RecordError(`${name}: the index names it, and it is missing`);
  if (`${createHash('sha256').update(text).digest('hex')}.json` !== indexed.file) {
    throw new RecordError(`${name}: it has been changed; its name is the SHA-256 of what it held`);
  }
  return { name, text, indexed };
}

function indexOf(name: string, text: string): z.output<typeof recordIndex> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError(`${name}: it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = recordIndex.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordError(`${name}: it is no index of a record: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** @throws RecordError when the index says something else of a history than it holds */
export function compareWithIndex({ name, indexed }: TextFile, events: RunEvents): void {
  if (indexed === undefined) return;
  const { workflowId = indexed.workflowId } = startOf(events) ?? {};
  const found = { workflowId, runId: runIdOf(events) ?? indexed.runId, type: typeOf(events), events: events.length };
  for (const [key, value] of Object.entries(found)) {
    const said = indexed[key];
    if (said !== value) {
      throw new RecordError(`${name}: the index says ${key} ${String(said)}, and the history ${String(value)}`);
    }
  }
}
