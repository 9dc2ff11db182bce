import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { readHistory, type HistoryEvent } from './history.ts';
import type { RecordIndex } from './export.ts';
import { isInS3, openStore, type RecordStore } from './store.ts';

/** A record that cannot be read: which file, and why. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/**
 * Reads the runs of a phase from history files, or from the folder, or place in S3, that a phase's record is kept in. Histories of
 * milestones have to be there, and are left aside then: the phase owns every decision.
 *
 * @throws RecordError when a file is no history, is not what its name says, is missing, or no phase is among them
 */
export async function readRuns(paths: readonly string[]): Promise<HistoryEvent[][]> {
  const records = await Promise.all(paths.map((path) => historiesAt(path)));
  const histories = records.flat();
  const phases = histories.filter((events) => typeOf(events) === 'phase');
  if (phases.length === 0) throw new RecordError(`no history of a phase among ${String(histories.length)} files`);
  const firsts = new Set(phases.map((events) => startOf(events)?.firstExecutionRunId));
  if (firsts.size > 1) throw new RecordError('these are histories of several phases; give one of them at a time');
  return inOrder(phases);
}

/** The hand-over that stands beside a record, if the record is a folder and it does. */
export async function readWrittenHandover(paths: readonly string[]): Promise<string | undefined> {
  const [path = '', ...more] = paths.map((one) => one.replace(/\/+$/, ''));
  const cut = path.lastIndexOf('/');
  if (more.length > 0 || cut < 0) return undefined;
  return (await openStore(path.slice(0, cut))).read(`${path.slice(cut + 1)}.json`);
}

async function historiesAt(path: string): Promise<HistoryEvent[][]> {
  const files = await filesAt(path);
  const histories = files.map(readOne);
  const isRecord = files.length !== 1 || files[0]?.name !== path;
  if (isRecord) reportMissing(path, histories);
  return histories;
}

/** A record holds every milestone that its phase has run. */
function reportMissing(path: string, histories: readonly HistoryEvent[][]): void {
  const known = new Set(histories.map((events) => startOf(events)?.originalExecutionRunId));
  for (const { childWorkflowExecutionStartedEventAttributes: started } of histories.flat()) {
    if (started === undefined || started.workflowExecution.workflowId.endsWith(':archive')) continue;
    const { workflowId, runId } = started.workflowExecution;
    if (!known.has(runId)) throw new RecordError(`${path}: the history of ${workflowId} (run ${runId}) is missing`);
  }
}

async function filesAt(path: string): Promise<TextFile[]> {
  if (isInS3(path)) return recordIn(await openStore(path));
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RecordError(`${path}: there is no such file or folder`);
  return found.isDirectory() ? recordIn(await openStore(path)) : [{ name: path, text: await readFile(path, 'utf8') }];
}

interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** The histories of a record, each of them what its name says. */
async function recordIn(store: RecordStore): Promise<TextFile[]> {
  const { location } = store;
  const index = await store.read('index.json');
  if (index === undefined)
    throw new RecordError(`${location}: there is no index.json, so this is no record of a phase`);
  const { histories } = JSON.parse(index) as RecordIndex;
  return Promise.all(
    histories.map(async ({ file }) => {
      const name = `${location}/${file}`;
      const text = await store.read(file);
      if (text === undefined) throw new RecordError(`${name}: the index names it, and it is missing`);
      if (`${createHash('sha256').update(text).digest('hex')}.json` !== file) {
        throw new RecordError(`${name}: it has been changed; its name is the SHA-256 of what it held`);
      }
      return { name, text };
    }),
  );
}

function readOne({ name, text }: TextFile): HistoryEvent[] {
  const read = readHistory(text);
  if ('problem' in read) throw new RecordError(`${name}: ${read.problem}`);
  return [...read.events];
}

/** Runs as they continued as new into each other. */
function inOrder(runs: readonly HistoryEvent[][]): HistoryEvent[][] {
  const byId = new Map(runs.map((events) => [startOf(events)?.originalExecutionRunId ?? '', events]));
  const next = (events: readonly HistoryEvent[]) =>
    byId.get(events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '-');
  const followers = new Set(runs.map((events) => next(events)));
  const [first] = runs.filter((events) => !followers.has(events));
  const ordered: HistoryEvent[][] = [];
  for (let run = first; run !== undefined && ordered.length < runs.length; run = next(run)) ordered.push(run);
  if (ordered.length < runs.length) throw new RecordError('a run is missing: these histories do not follow each other');
  return ordered;
}

function startOf(events: readonly HistoryEvent[]): HistoryEvent['workflowExecutionStartedEventAttributes'] {
  return events[0]?.workflowExecutionStartedEventAttributes;
}

function typeOf(events: readonly HistoryEvent[]): string | undefined {
  return startOf(events)?.workflowType.name;
}
