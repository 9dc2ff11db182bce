import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { unsealed } from '../../src/contract/seal.ts';
import { issuesOf } from '../../src/activities/issues/model.ts';
import { SUITE } from '../../src/activities/suite/fact.ts';
import { suitesOf } from '../../src/activities/suite/reduce.ts';
import { isRecord } from '../../src/base/json.ts';
import { counted } from '../../src/base/text.ts';
import type { MilestoneStatus, PhaseStatus } from '../../src/contract/answers.ts';
import type { GatesState } from '../../src/gates/model.ts';
import { UserError } from '../command-line.ts';
import type { Fault } from './fault.ts';

/** When the worker is killed: while a suite runs in a task. These suites tell of each case. The last task is the retest of everything. */
const MOMENTS = [
  { suite: 'api', task: '4.3/b1' },
  { suite: 'acceptance', task: '4.3/c1' },
  { suite: 'component', task: '4.3/d2' },
];

interface Moment {
  readonly suite: string;
  readonly task: string;
}

export interface KillableWorker {
  readonly client: Client;
  readonly workflowId: string;
  readonly print: (line: string) => void;
  /** Ends the worker with SIGKILL, and starts another one. */
  readonly killWorker: () => Promise<void>;
  /** Issues that other faults lead to. */
  readonly expectedIssues: number;
}

/** The worker is killed three times while suites of 4.3 run, which changes no result and no issue. */
export function kills(demo: KillableWorker): Fault {
  let killed = 0;
  return {
    breakage: 'kills',
    done: `the worker has been killed three times in 4.3, while the suites ${MOMENTS.map(({ suite }) => suite).join(', ')} ran`,
    mended: 'each time, another worker has gone on',
    shows: { atEnd: () => compared(demo) },
    async inflict() {
      const moment = MOMENTS[killed];
      if (moment !== undefined && (await isNow(demo, moment))) {
        killed += 1;
        demo.print(`⚡ kills: kill -9 of the worker, while the suite ${moment.suite} runs in ${moment.task}`);
        await demo.killWorker();
      }
      return killed === MOMENTS.length;
    },
    mend: () => Promise.resolve(),
  };
}

/** Whether the task runs, and a case of the suite has passed already, by the heartbeats of its activity. */
async function isNow({ client, workflowId }: KillableWorker, { suite, task }: Moment): Promise<boolean> {
  const milestone = client.workflow.getHandle(`${workflowId}:4.3`);
  // It begins late.
  const described = await milestone.describe().catch(() => undefined);
  const isAtWork = (described?.raw.pendingActivities ?? []).some(({ heartbeatDetails }) => {
    const [payload] = heartbeatDetails?.payloads ?? [];
    const shown: unknown = payload ? unsealed(defaultPayloadConverter.fromPayload(payload)) : undefined;
    return isRecord(shown) && shown['suite'] === suite && Number(shown['passed']) > 0;
  });
  if (!isAtWork) return false;
  const { lanes } = await milestone.query<MilestoneStatus>('status');
  return lanes.flatMap(({ tasks }) => tasks).some((one) => one.task === task && one.state === 'running');
}

/**
 * Compares what the phase knows of suites with the runs that its milestones have completed.
 *
 * @throws UserError when a result is missing or is there twice, a case failed that no fault explains, or an issue is too many or too few
 */
async function compared({ client, workflowId, expectedIssues }: KillableWorker): Promise<string> {
  const phase = client.workflow.getHandle(workflowId);
  const slices = await phase.query<GatesState['slices']>('slices');
  const { milestones } = await phase.query<PhaseStatus>('status');
  const { history } = suitesOf({ slices });
  const { counter, issues } = issuesOf({ slices });
  const runs = await completedRuns(
    client,
    milestones.map((milestone) => milestone.workflowId),
  );
  const keys = [...new Set([...runs.keys(), ...Object.keys(history)])];
  const told = (key: string) => history[key]?.length ?? 0;
  const wrong = keys
    .filter((key) => told(key) !== runs.get(key))
    .map((key) => `${key} has ${counted(told(key), 'result')} of ${counted(runs.get(key) ?? 0, 'run')}`);
  const rows = Object.values(history).flat();
  const failed = rows.reduce((sum, { cases }) => sum + cases.failed, 0);
  if (failed !== expectedIssues) wrong.push(`${counted(failed, 'case')} failed, and ${expectedIssues} should have`);
  if (counter !== expectedIssues) wrong.push(`there are ${counted(counter, 'issue')}, not ${expectedIssues}`);
  const unclosed = issues.filter(({ state, reopened }) => state !== 'closed' || reopened > 0).map(({ id }) => id);
  if (unclosed.length > 0) wrong.push(`${unclosed.join(', ')} not closed, or reopened`);
  if (wrong.length > 0) throw new UserError(`the kills have changed results: ${wrong.join('; ')}`);
  const suites = counted(keys.length, 'suite');
  return `${suites} with ${counted(rows.length, 'result')} of as many runs, ${counted(failed, 'failing case')}, ${counted(counter, 'issue')}: nothing is missing, and nothing is there twice`;
}

/** How often the steps of milestones have brought a result of a suite, by `<suite>/<environment>`. */
async function completedRuns(client: Client, milestones: readonly string[]): Promise<Map<string, number>> {
  const runs = new Map<string, number>();
  for (const milestone of milestones) {
    const { events } = await client.workflow.getHandle(milestone).fetchHistory();
    for (const { activityTaskCompletedEventAttributes: completed } of events ?? []) {
      const [payload] = completed?.result?.payloads ?? [];
      const result: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
      for (const key of suitesIn(result)) runs.set(key, (runs.get(key) ?? 0) + 1);
    }
  }
  return runs;
}

function suitesIn(result: unknown): string[] {
  const facts: readonly unknown[] = isRecord(result) && Array.isArray(result['facts']) ? result['facts'] : [];
  return facts.flatMap((fact) => (isRecord(fact) && fact['topic'] === SUITE ? [String(fact['key'])] : []));
}
