import { readFile, stat } from 'node:fs/promises';
import { readHistory } from './history.ts';
import { missingMilestones } from './milestones.ts';
import { compareWithIndex, recordIn, type TextFile } from './record-folder.ts';
import { RecordError } from './record-error.ts';
import { firstIdOf, nameOf, runIdOf, startOf, typeOf, type Histories, type RunEvents } from './run.ts';
import { isInS3, openStore } from './store.ts';

/**
 * Reads the runs of a phase and of its milestones from history files, or from the folder, or place in S3, that a phase's record
 * is kept in.
 *
 * @throws RecordError when a file is no history, is not what its name or the index says, is missing or given twice, or no phase
 *   is among them
 */
export async function readRuns(paths: readonly string[]): Promise<Histories> {
  const read = await Promise.all(paths.map((path) => historiesAt(path)));
  const histories = read.flat();
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
  return { phase: inOrder(phases), milestones };
}

/** The hand-over that stands beside a record, if the record is a folder and it does. */
export async function readWrittenHandover(paths: readonly string[]): Promise<string | undefined> {
  const [path = '', ...more] = paths.map((one) => one.replace(/\/+$/, ''));
  const cut = path.lastIndexOf('/');
  if (more.length > 0 || cut < 0) return undefined;
  return (await openStore(path.slice(0, cut))).read(`${path.slice(cut + 1)}.json`);
}

interface HistoryFile {
  readonly name: string;
  readonly events: RunEvents;
}

async function historiesAt(path: string): Promise<HistoryFile[]> {
  const files = await filesAt(path);
  const histories = files.map(readOne);
  const isRecord = files.some(({ indexed }) => indexed !== undefined);
  if (isRecord) reportMissing(path, histories);
  return histories;
}

/** A record holds every milestone that its phase has run. */
function reportMissing(path: string, histories: readonly HistoryFile[]): void {
  const runs = histories.map(({ events }) => events);
  const [missing] = missingMilestones({ phase: runs, milestones: runs });
  if (missing === undefined) return;
  throw new RecordError(`${path}: the history of ${missing.workflowId} (run ${missing.runId}) is missing`);
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

async function filesAt(path: string): Promise<TextFile[]> {
  if (isInS3(path)) return recordIn(await openStore(path));
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RecordError(`${path}: there is no such file or folder`);
  return found.isDirectory() ? recordIn(await openStore(path)) : [{ name: path, text: await readFile(path, 'utf8') }];
}

function readOne(file: TextFile): HistoryFile {
  const read = readHistory(file.text);
  if ('problem' in read) throw new RecordError(`${file.name}: ${read.problem}`);
  compareWithIndex(file, read.events);
  return { name: file.name, events: read.events };
}

/** Runs as they continued as new into each other. */
function inOrder(runs: readonly RunEvents[]): RunEvents[] {
  const byId = new Map(runs.map((events) => [firstIdOf(events) ?? '', events]));
  const next = (events: RunEvents) =>
    byId.get(events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '-');
  const followers = new Set(runs.map((events) => next(events)));
  const [first] = runs.filter((events) => !followers.has(events));
  const before = startOf(first ?? [])?.continuedExecutionRunId ?? '';
  if (before !== '') throw new RecordError(`a run is missing: run ${before}, which these continue`);
  const ordered: RunEvents[] = [];
  for (let run = first; run !== undefined && ordered.length < runs.length; run = next(run)) ordered.push(run);
  if (ordered.length < runs.length) throw new RecordError('a run is missing: these histories do not follow each other');
  return ordered;
}
