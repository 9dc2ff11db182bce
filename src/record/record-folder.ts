import { createHash } from 'node:crypto';
import { RecordError } from './record-error.ts';
import { INDEX, readIndex, type MissingRun, type RecordedHistory, type RecordIndex, type Run } from './record-index.ts';
import { startOf, runIdOf, typeOf, type RunEvents } from './run.ts';
import type { RecordStore } from './store.ts';

export interface TextFile {
  readonly name: string;
  readonly text: string;
  /** What the index says of it. */
  readonly indexed?: RecordedHistory;
}

/** What a folder holds of a phase. */
export interface RecordFolder {
  readonly files: readonly TextFile[];
  /** What the index says is missing. */
  readonly missing: readonly MissingRun[];
}

/**
 * The histories of a record, each of them what its name says.
 *
 * @throws RecordError when there is none, when it is not finished, or when a file is missing or another one
 */
export async function recordIn(store: RecordStore): Promise<RecordFolder> {
  const { histories, missing } = await indexIn(store);
  return { files: await Promise.all(histories.map((indexed) => fileOf(store, indexed))), missing };
}

/** @throws RecordError when there is none, or it is not finished */
export async function indexIn(store: RecordStore): Promise<RecordIndex> {
  const { location } = store;
  const text = await store.read(INDEX);
  if (text === undefined) throw new RecordError(`${location}: there is no ${INDEX}, so this is no record of a phase`);
  const name = `${location}/${INDEX}`;
  const index = readIndex(name, text);
  const { phase, state, histories, missing } = index;
  if (state === 'open') {
    throw new RecordError(
      `${name}: the phase had not ended when this was written, so the record is not whole yet; ` +
        `npm run record -- export --workflow-id ${phase.workflowId} finishes it once the phase has ended`,
    );
  }
  const isThere = histories.some(({ type, runId, workflowId }) => {
    return type === 'phase' && runId === phase.runId && workflowId === phase.workflowId;
  });
  if (!isThere) throw new RecordError(`${name}: ${lastRunMissing(phase, missing)}`);
  return index;
}

function lastRunMissing({ runId }: Run, missing: readonly MissingRun[]): string {
  const told = missing.find((one) => one.runId === runId);
  if (told === undefined) return 'it names a run of the phase that it does not list';
  return `the phase's last run ${runId} is missing: ${told.reason}`;
}

async function fileOf(store: RecordStore, indexed: RecordedHistory): Promise<TextFile> {
  const name = `${store.location}/${indexed.file}`;
  const text = await store.read(indexed.file);
  if (text === undefined) throw new RecordError(`${name}: the index names it, and it is missing`);
  if (`${createHash('sha256').update(text).digest('hex')}.json` !== indexed.file) {
    throw new RecordError(`${name}: it has been changed; its name is the SHA-256 of what it held`);
  }
  return { name, text, indexed };
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
