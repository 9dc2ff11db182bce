import type { OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { searchAttributes } from '../../src/contract/names.ts';
import { firstLine } from '../command-line.ts';
import { isWithoutWorker } from '../../src/worker/without-worker.ts';
import type { ConnectedClient } from '../temporal-client.ts';

/** A phase as the server lists it, and as it answers. */
export interface ListedPhase {
  readonly workflowId: string;
  readonly plan: string;
  readonly title: string;
  readonly state: string;
  /** ISO instants. */
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Roles and agents that are asked, and blocked tasks, as of the last change that the server has indexed. */
  readonly waiting: readonly string[];
  readonly blocked: readonly string[];
  readonly openIssues: number;
  /** Absent when it has ended, or has not answered. */
  readonly status?: PhaseStatus;
  readonly gates?: OpenGates['gates'];
  /** Why it has not answered. */
  readonly problem?: string;
}

/** Milliseconds that a worker may take to answer. */
const PATIENCE = 5000;
/** Phases that are asked at the same time. */
const AT_ONCE = 10;

export interface Listing {
  readonly phases: readonly ListedPhase[];
  /** Whether the server has more than were asked for. */
  readonly hasMore: boolean;
}

/**
 * Lists phases, the running ones first and the latest of them first, and asks those that run.
 *
 * @param limit how many at most
 */
export async function listPhases(connected: ConnectedClient, limit: number, withEnded: boolean): Promise<Listing> {
  const found: ListedPhase[] = [];
  let hasMore = false;
  const queries = ['ExecutionStatus = "Running"', ...(withEnded ? ['ExecutionStatus != "Running"'] : [])];
  for (const query of queries) {
    const rows = connected.client.workflow.list({
      query: `WorkflowType = "phase" AND ${query}`,
      pageSize: Math.min(limit + 1, 200),
    });
    for await (const execution of rows) {
      if (execution.status.name === 'CONTINUED_AS_NEW') continue;
      hasMore = found.length === limit;
      if (hasMore) break;
      found.push(listed(execution));
    }
    if (hasMore) break;
  }
  const phases: ListedPhase[] = [];
  for (let start = 0; start < found.length; start += AT_ONCE) {
    const some = found.slice(start, start + AT_ONCE);
    phases.push(
      ...(await Promise.all(some.map(async (one) => (one.endedAt === undefined ? asked(connected, one) : one)))),
    );
  }
  return { phases, hasMore };
}

type Execution =
  ReturnType<ConnectedClient['client']['workflow']['list']> extends AsyncIterable<infer One> ? One : never;

function listed({
  workflowId,
  status,
  startTime,
  closeTime,
  typedSearchAttributes: attributes,
}: Execution): ListedPhase {
  const plan = attributes.get(searchAttributes.PhasegatePlan) ?? '';
  const running = attributes.get(searchAttributes.PhasegateState) ?? 'running';
  return {
    workflowId,
    plan,
    title: attributes.get(searchAttributes.PhasegateTitle) ?? plan,
    state: status.name === 'RUNNING' ? running : status.name.toLowerCase().replaceAll('_', ' '),
    startedAt: startTime.toISOString(),
    ...(closeTime === undefined ? {} : { endedAt: closeTime.toISOString() }),
    waiting: closeTime === undefined ? (attributes.get(searchAttributes.PhasegateWaiting) ?? []) : [],
    blocked: closeTime === undefined ? (attributes.get(searchAttributes.PhasegateBlocked) ?? []) : [],
    openIssues: attributes.get(searchAttributes.PhasegateIssues) ?? 0,
  };
}

async function asked({ client, connection }: ConnectedClient, phase: ListedPhase): Promise<ListedPhase> {
  const handle = client.workflow.getHandle(phase.workflowId);
  const query = <T>(name: string) => connection.withDeadline(Date.now() + PATIENCE, () => handle.query<T>(name));
  try {
    // One after the other: a call that is under way when the connection is closed would end the process.
    const status = await query<PhaseStatus>('status');
    const { gates } = await query<OpenGates>('gates');
    return { ...phase, title: status.title || phase.title, state: status.state, status, gates };
  } catch (error) {
    const problem = isWithoutWorker(error) ? 'no worker answers; start one with npm start' : firstLine(error);
    return { ...phase, problem };
  }
}
