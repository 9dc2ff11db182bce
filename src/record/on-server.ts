import type { Client } from '@temporalio/client';
import type { LedgerView, MilestoneStatus, OpenGates, PhaseStatus } from '../contract/answers.ts';
import { childId } from '../views/state.ts';
import { closedHistory } from './closed-history.ts';
import { type Histories, readHistory, type RunEvents } from './history.ts';
import { RecordError } from './record-error.ts';
import type { MissingRun, RecordedHistory, Run } from './record-index.ts';
import { beginningOf, describeRun, isOf, listMilestones, unlessNotFound } from './runs-on-server.ts';
import type { Live } from './standing.ts';

/** Events that are read, of the last runs first: 100,000 take about 450 MB of memory. */
const EVENTS = 200_000;

/** What a server has of a phase. */
export interface PhaseOnServer {
  readonly histories: Histories;
  /** Whether it has not ended. */
  readonly isOpen: boolean;
}

/**
 * Reads the histories of a phase and of its milestones from the server, whether it runs or has ended.
 *
 * @throws RecordError when the server has no such phase
 */
export async function readPhase(client: Client, workflowId: string, runId?: string): Promise<PhaseOnServer> {
  const found = await describeRun(client, workflowId, runId);
  if (found === undefined) throw new RecordError(`the server has no workflow ${workflowId}, or not any more`);
  if (found.type !== 'phase') {
    throw new RecordError(`${workflowId} is a workflow of type "${found.type}", and no phase`);
  }
  const runs: RunEvents[] = [];
  let events = 0;
  const lacking: MissingRun[] = [];
  const named: NonNullable<RecordedHistory['names']>[number][] = [];
  let next: string | undefined = found.run.runId;
  while (next !== undefined) {
    const run: Run = { workflowId, runId: next };
    const read = events > EVENTS ? undefined : await historyOf(client, run);
    if (read === undefined) {
      lacking.push({ ...run, reason: events > EVENTS ? TOO_MUCH : GONE });
      break;
    }
    events += read.events.length;
    runs.unshift(read.events);
    named.push(...(read.about.names ?? []));
    next = read.about.follows;
  }
  const firstRunId = (await beginningOf(client, found.run))?.firstRunId ?? found.run.runId;
  const milestones: RunEvents[] = [];
  for (const run of await milestoneRuns(client, { workflowId, firstRunId }, named)) {
    const read = events > EVENTS ? undefined : await historyOf(client, run);
    if (read === undefined) lacking.push({ ...run, reason: events > EVENTS ? TOO_MUCH : GONE });
    else milestones.push(read.events);
    events += read?.events.length ?? 0;
  }
  return { histories: { phase: runs, milestones, lacking }, isOpen: found.state === 'open' };
}

const TOO_MUCH = `more than ${String(EVENTS)} events were read before it`;
const GONE = 'the server does not have it any more; the record of the phase may';

async function historyOf(
  client: Client,
  run: Run,
): Promise<{ readonly events: RunEvents; readonly about: RecordedHistory } | undefined> {
  const read = await closedHistory(client, run, () => undefined).catch(unlessNotFound);
  if (read === undefined) return undefined;
  const parsed = readHistory(read.text);
  if ('problem' in parsed) throw new RecordError(`${run.workflowId} (run ${run.runId}): ${parsed.problem}`);
  return { events: parsed.events, about: read.about };
}

/** Those that the phase names, those that the server lists, and those that have just begun. */
async function milestoneRuns(
  client: Client,
  phase: { readonly workflowId: string; readonly firstRunId: string },
  named: NonNullable<RecordedHistory['names']>,
): Promise<Run[]> {
  const found = new Map<string, Run>();
  for (const { workflowId, runId } of named) if (runId !== undefined) found.set(runId, { workflowId, runId });
  for (const { workflowId, runId } of await listMilestones(client, phase)) found.set(runId, { workflowId, runId });
  for (const workflowId of new Set(named.map((one) => one.workflowId))) {
    const current = await describeRun(client, workflowId);
    if (current !== undefined && isOf(phase, current.identity)) found.set(current.run.runId, current.run);
  }
  return [...found.values()];
}

/** Milliseconds that a worker may take to answer a query. */
const PATIENCE = 5000;

/** Asks a phase that runs what waits for people, and its milestones what they do. Without a worker it says that. */
export async function askPhase(client: Client, workflowId: string, now: number): Promise<Live> {
  const ask = <T>(id: string, query: string): Promise<T> =>
    client.connection.withDeadline(Date.now() + PATIENCE, () => client.workflow.getHandle(id).query<T>(query));
  try {
    const status = await ask<PhaseStatus>(workflowId, 'status');
    // One after the other: a call that is under way when the connection is closed would end the process.
    const { gates } = await ask<OpenGates>(workflowId, 'gates');
    const { recent } = await ask<LedgerView>(workflowId, 'ledger');
    const working = status.milestones.filter(({ stage }) => stage === 'work');
    const milestones = await Promise.all(
      // One that has just begun answers no query yet.
      working.map(({ number }) => ask<MilestoneStatus>(childId(workflowId, number), 'status').catch(() => undefined)),
    );
    return { at: now, status, open: gates, recent, milestones: milestones.flatMap((one) => one ?? []), gaps: [] };
  } catch {
    const gap = `No worker answered within ${String(PATIENCE / 1000)} s. This is what stands in the histories, which the last decisions may be missing from.`;
    return { at: now, milestones: [], gaps: [gap] };
  }
}
