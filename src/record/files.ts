import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readHistory, type HistoryEvent } from './history.ts';
import type { RecordIndex } from './export.ts';

/** A record that cannot be read: which file, and why. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/**
 * Reads the runs of a phase from history files, or from the folder that a phase's record is kept in. Histories of milestones are
 * left aside: the phase owns every decision.
 *
 * @throws RecordError when a file is no history, is not what its name says, or no phase is among them
 */
export async function readRuns(paths: readonly string[]): Promise<HistoryEvent[][]> {
  const files = (await Promise.all(paths.map((path) => filesAt(path)))).flat();
  const histories = await Promise.all(files.map(async (file) => readOne(file)));
  const phases = histories.filter((events) => typeOf(events) === 'phase');
  if (phases.length === 0) throw new RecordError(`no history of a phase among ${String(files.length)} files`);
  const firsts = new Set(phases.map((events) => startOf(events)?.firstExecutionRunId));
  if (firsts.size > 1) throw new RecordError('these are histories of several phases; give one of them at a time');
  return inOrder(phases);
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RecordError(`${path}: there is no such file or folder`);
  if (!found.isDirectory()) return [path];
  const index = await readFile(join(path, 'index.json'), 'utf8').catch(() => undefined);
  if (index === undefined) throw new RecordError(`${path}: there is no index.json, so this is no record of a phase`);
  const { histories } = JSON.parse(index) as RecordIndex;
  for (const { file } of histories) {
    const text = await readFile(join(path, file), 'utf8').catch(() => undefined);
    if (text === undefined) throw new RecordError(`${join(path, file)}: the index names it, and it is missing`);
    const name = `${createHash('sha256').update(text).digest('hex')}.json`;
    if (name !== file)
      throw new RecordError(`${join(path, file)}: it has been changed; its name is the SHA-256 of what it held`);
  }
  return histories.map(({ file }) => join(path, file));
}

async function readOne(file: string): Promise<HistoryEvent[]> {
  const read = readHistory(await readFile(file, 'utf8'));
  if ('problem' in read) throw new RecordError(`${file}: ${read.problem}`);
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
