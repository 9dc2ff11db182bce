import type { Client } from '@temporalio/client';
import { PhaseRecord, type ExportTools } from './phase-record.ts';
import type { MissingRun, RecordedHistory, Run } from './record-index.ts';
import { describeRun, isOf, listMilestones, type PhaseKey } from './runs-on-server.ts';
import type { RecordStore } from '../store/store.ts';

/** Which phase, and where its record is kept. */
export interface ExportRequest {
  readonly client: Client;
  readonly records: RecordStore;
  readonly phase: PhaseKey;
  /** Its last run, or the current one. */
  readonly runId: string;
}

export interface Exported {
  /** Folder within the records. */
  readonly where: string;
  /** Number of histories. */
  readonly histories: number;
  /** What belongs to the record and is not in it. */
  readonly missing: readonly MissingRun[];
  /** Whether some of that has not closed, and may be in it later. */
  readonly isOpen: boolean;
}

const GONE = 'the server did not have it any more when it was to be written';
const OPEN = 'it had not closed when this was written';

/**
 * Writes what has closed of a phase that runs: runs of its milestones, and the runs of its own that have continued as new.
 * Namespaces forget closed workflows while the phase still runs.
 *
 * @param before run that continued as new into the current one
 * @returns the runs that it has written now
 */
export async function exportClosed(
  { client, records, phase, runId }: ExportRequest,
  before: string | undefined,
  tools: ExportTools,
): Promise<Run[]> {
  const record = await PhaseRecord.open(client, records, phase, tools);
  const { workflowId } = phase;
  const written: Run[] = [];
  const write = async (run: Run): Promise<void> => {
    if (record.has(run) || (await record.take(run, true)) !== 'kept') return;
    written.push(run);
    await record.note({ workflowId, runId, firstRunId: phase.firstRunId });
  };
  for (let earlier = before; earlier !== undefined; earlier = record.get({ workflowId, runId: earlier })?.follows) {
    await write({ workflowId, runId: earlier });
  }
  for (const { isOpen, ...run } of await listMilestones(client, phase)) if (!isOpen) await write(run);
  return written;
}

/**
 * Writes what is left of a phase that has closed, in whatever way, and its index. What the server does not have any more and the
 * record does not hold is told there. Repeating it changes nothing, or adds what has closed since.
 */
export async function exportPhase(request: ExportRequest, tools: ExportTools): Promise<Exported> {
  const { client, records, phase, runId } = request;
  const { workflowId, firstRunId } = phase;
  const record = await PhaseRecord.open(client, records, phase, tools);
  const missing: MissingRun[] = [];
  const states = new Set<string>();
  const take = async (run: Run, isClosed: boolean): Promise<RecordedHistory | undefined> => {
    const isNew = !record.has(run);
    const state = await record.take(run, isClosed);
    states.add(state);
    if (state !== 'kept') missing.push({ ...run, reason: state === 'open' ? OPEN : GONE });
    else if (isNew) await record.note({ workflowId, runId, firstRunId });
    return record.get(run);
  };
  const runs: RecordedHistory[] = [];
  for (let next: string | undefined = runId; next !== undefined;) {
    const taken: RecordedHistory | undefined = await take({ workflowId, runId: next }, true);
    if (taken !== undefined) runs.push(taken);
    next = taken?.follows;
  }
  const named = runs.flatMap(({ names = [] }) => names);
  const milestones: RecordedHistory[] = [];
  for (const run of await milestoneRuns(request, record, named)) {
    if ('reason' in run) missing.push(run);
    else {
      const taken = await take(run, run.isClosed);
      if (taken !== undefined) milestones.push(taken);
    }
  }
  // Where a run is gone, what was before it is not known, and what the record holds of it stays.
  const isBroken = missing.some((one) => one.workflowId === workflowId);
  const earlier = isBroken ? record.histories.filter((one) => one.type === 'phase' && !runs.includes(one)) : [];
  const histories = [...runs, ...earlier, ...withoutReplaced(milestones, named)];
  await record.note({ workflowId, runId, firstRunId }, { state: 'closed', histories, missing });
  return { where: record.folder, histories: histories.length, missing, isOpen: states.has('open') };
}

type Named = NonNullable<RecordedHistory['names']>[number];

/** Runs of milestones that the phase names, that the server lists, and that the record holds. */
async function milestoneRuns(
  { client, phase }: ExportRequest,
  record: PhaseRecord,
  named: readonly Named[],
): Promise<((Run & { readonly isClosed: boolean }) | MissingRun)[]> {
  const found = new Map<string, (Run & { readonly isClosed: boolean }) | MissingRun>();
  const listed = await listMilestones(client, phase);
  const kept = record.histories.filter(({ type }) => type === 'milestone');
  for (const { workflowId, runId = '' } of [...named, ...kept, ...listed]) {
    if (runId !== '') found.set(runId, { workflowId, runId, isClosed: false });
  }
  // One that was reset, or taken over from an earlier run of the phase, goes by a run that nothing names.
  for (const workflowId of new Set([...named, ...kept, ...listed].map((one) => one.workflowId))) {
    const current = await describeRun(client, workflowId);
    if (current !== undefined && isOf(phase, current.identity)) {
      found.set(current.run.runId, { ...current.run, isClosed: current.state !== 'open' });
    }
    const isKnown = [...found.values()].some((one) => one.workflowId === workflowId);
    if (current === undefined && !isKnown) found.set(workflowId, { workflowId, reason: GONE });
  }
  return [...found.values()];
}

/** A run that was reset begins with what it has kept of the one before, which then belongs to the record only where the phase names it. */
function withoutReplaced(milestones: readonly RecordedHistory[], named: readonly Named[]): RecordedHistory[] {
  const replaced = new Set(milestones.flatMap(({ replaces = [] }) => replaces));
  const wanted = new Set(named.map(({ runId }) => runId));
  return milestones.filter(({ runId }) => !replaced.has(runId) || wanted.has(runId));
}
