import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { safeName } from '../base/text.ts';
import { isInS3, type RecordStore } from '../store/store.ts';
import { openStore } from '../store/open.ts';
import { firstIdOf, type Histories, nameOf, readHistory, type RunEvents, runIdOf, startOf, typeOf } from './history.ts';
import { missingMilestones } from './milestones.ts';
import { RecordError } from './record-error.ts';
import { INDEX, type MissingRun, readIndex, type RecordedHistory, type RecordIndex, type Run } from './record-index.ts';

/**
 * Reads the runs of a phase and of its milestones from history files, or from the folder, or place in S3, that a phase's record
 * is kept in.
 *
 * @throws RecordError when a file is no history, is not what its name or the index says, is missing or given twice, or no phase
 *   is among them
 */
export async function readRuns(paths: readonly string[]): Promise<Histories> {
  const read = await Promise.all(paths.map((path) => historiesAt(path)));
  const histories = read.flatMap(({ files }) => files);
  const lacking = read.flatMap(({ missing }) => missing);
  reportTwice(histories);
  const runs = histories.map(({ events }) => events);
  const phases = runs.filter((events) => typeOf(events) === 'phase');
  if (phases.length === 0) throw new RecordError(`no history of a phase among ${String(runs.length)} files`);
  const firsts = new Set(phases.map((events) => startOf(events)?.firstExecutionRunId));
  if (firsts.size > 1) throw new RecordError('these are histories of several phases; give one of them at a time');
  const milestones = runs.filter((events) => typeOf(events) === 'milestone');
  const other = histories.find(({ events }) => !phases.includes(events) && !milestones.includes(events));
  if (other !== undefined) {
    throw new RecordError(
      `${other.name}: it is a history of "${String(typeOf(other.events))}", and no part of a phase`,
    );
  }
  return { phase: inOrder(phases, lacking), milestones, lacking };
}

/** The hand-over that stands beside a record, if the record is a folder and it does: under the run that has written it. */
export async function readWrittenHandover(paths: readonly string[]): Promise<string | undefined> {
  const [path = '', ...more] = paths.map((one) => one.replace(/\/+$/, ''));
  const cut = path.lastIndexOf('/');
  if (more.length > 0 || cut < 0 || !(await isFolder(path))) return undefined;
  const { phase } = await indexIn(await openStore(path));
  return (await openStore(path.slice(0, cut))).read(`${safeName(phase.runId)}.json`);
}

interface HistoryFile {
  readonly name: string;
  readonly events: RunEvents;
}

async function historiesAt(path: string): Promise<{ files: HistoryFile[]; missing: readonly MissingRun[] }> {
  if (!(await isFolder(path)))
    return { files: [readOne({ name: path, text: await readFile(path, 'utf8') })], missing: [] };
  const { files, missing } = await recordIn(await openStore(path));
  const histories = files.map(readOne);
  reportMissing(path, histories, missing);
  await reportBesides(path, files);
  return { files: histories, missing };
}

/** A record holds every milestone that its phase has run, or says why it does not. */
function reportMissing(path: string, histories: readonly HistoryFile[], told: readonly MissingRun[]): void {
  const runs = histories.map(({ events }) => events);
  const isTold = (run: Run) => told.some(({ runId }) => runId === run.runId);
  const missing = missingMilestones({ phase: runs, milestones: runs }).find((run) => !isTold(run));
  if (missing === undefined) return;
  throw new RecordError(`${path}: the history of ${missing.workflowId} (run ${missing.runId}) is missing`);
}

/**
 * What lies in the folder is what the index names. A milestone that was reset leaves the history of the run before; what a worker was
 * writing when it ended stays as a draft. In S3, nobody has to be allowed to list what there is.
 */
async function reportBesides(path: string, files: readonly TextFile[]): Promise<void> {
  if (isInS3(path)) return;
  const named = new Set([INDEX, ...files.map(({ name }) => name.slice(name.lastIndexOf('/') + 1))]);
  const replaced = new Set(files.flatMap(({ indexed }) => indexed?.replaces ?? []));
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const { name } = entry;
    if (!entry.isFile() || named.has(name) || name.endsWith('.tmp')) continue;
    const read = readHistory(await readFile(`${path}/${name}`, 'utf8'));
    const isReplaced = 'events' in read && replaced.has(runIdOf(read.events) ?? '');
    if (!isReplaced) throw new RecordError(`${path}/${name}: the index does not name it`);
  }
}

function reportTwice(histories: readonly HistoryFile[]): void {
  const known = new Map<string, string>();
  for (const { name, events } of histories) {
    const run = runIdOf(events);
    if (run === undefined) continue;
    const before = known.get(run);
    if (before !== undefined) {
      throw new RecordError(`${name}: this is the history of ${nameOf(events)} once more; it was given as ${before}`);
    }
    known.set(run, name);
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (isInS3(path)) return true;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RecordError(`${path}: there is no such file or folder`);
  return found.isDirectory();
}

function readOne(file: TextFile): HistoryFile {
  const read = readHistory(file.text);
  if ('problem' in read) throw new RecordError(`${file.name}: ${read.problem}`);
  compareWithIndex(file, read.events);
  return { name: file.name, events: read.events };
}

/** Runs as they continued as new into each other. */
function inOrder(runs: readonly RunEvents[], told: readonly MissingRun[]): RunEvents[] {
  const byId = new Map(runs.map((events) => [firstIdOf(events) ?? '', events]));
  const next = (events: RunEvents) =>
    byId.get(events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '-');
  const followers = new Set(runs.map((events) => next(events)));
  const [first] = runs.filter((events) => !followers.has(events));
  const before = startOf(first ?? [])?.continuedExecutionRunId ?? '';
  if (before !== '') {
    const reason = told.find(({ runId }) => runId === before)?.reason;
    const why = reason === undefined ? '' : ` (${reason})`;
    throw new RecordError(`a run is missing: run ${before}, which these continue${why}`);
  }
  const ordered: RunEvents[] = [];
  for (let run = first; run !== undefined && ordered.length < runs.length; run = next(run)) ordered.push(run);
  if (ordered.length < runs.length) throw new RecordError('a run is missing: these histories do not follow each other');
  return ordered;
}

interface TextFile {
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
async function recordIn(store: RecordStore): Promise<RecordFolder> {
  const { histories, missing } = await indexIn(store);
  return { files: await Promise.all(histories.map((indexed) => fileOf(store, indexed))), missing };
}

/** @throws RecordError when there is none, or it is not finished */
async function indexIn(store: RecordStore): Promise<RecordIndex> {
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
function compareWithIndex({ name, indexed }: TextFile, events: RunEvents): void {
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
