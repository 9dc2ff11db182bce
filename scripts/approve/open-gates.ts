import type { OpenGate, OpenGates, UnmetCriterion } from '../../src/contract/answers.ts';
import { firstLine } from '../command-line.ts';
import type { ConnectedClient } from '../temporal-client.ts';
import { isWithoutWorker } from '../../src/worker/without-worker.ts';

/** The open gates of one running phase, or the reason why they could not be read. */
export interface PhaseGates {
  readonly workflowId: string;
  readonly gates: readonly OpenGate[];
  readonly problem?: string;
}

/** Milliseconds that a worker may take to answer a query. */
const PATIENCE = 5000;
/** Phases that are asked at the same time. */
const AT_ONCE = 10;

/** Asks every running phase for its open gates. */
export async function readOpenGates(connected: ConnectedClient): Promise<PhaseGates[]> {
  const ids: string[] = [];
  const query = 'WorkflowType = "phase" AND ExecutionStatus = "Running"';
  for await (const { workflowId } of connected.client.workflow.list({ query })) ids.push(workflowId);
  const answers: PhaseGates[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    answers.push(...(await Promise.all(ids.slice(start, start + AT_ONCE).map((id) => readPhase(connected, id)))));
  }
  return answers;
}

async function readPhase({ client, connection }: ConnectedClient, workflowId: string): Promise<PhaseGates> {
  try {
    const { gates } = await connection.withDeadline(Date.now() + PATIENCE, () =>
      client.workflow.getHandle(workflowId).query<OpenGates>('gates'),
    );
    return { workflowId, gates };
  } catch (error) {
    const problem = isWithoutWorker(error) ? 'no worker answers; start one with npm start' : firstLine(error);
    return { workflowId, gates: [], problem };
  }
}

/** True when this person may clear the criterion now, or waive it. Without a name, and in open mode, it is always true. */
export function mayClear({ who, command, waivers = [] }: UnmetCriterion, by: string | undefined): boolean {
  const isForAnyone = who.length === 0 && command !== undefined;
  return by === undefined || isForAnyone || who.includes(by) || waivers.includes(by);
}

/** The gates as a list for people; criteria that wait for others than `by` are left out. */
export function listing(phases: readonly PhaseGates[], by?: string): string {
  const lines = phases.flatMap(({ workflowId, gates, problem }) => [
    ...(problem === undefined ? [] : [`${workflowId}: ${problem}`]),
    ...gates.flatMap((gate) => gateLines(workflowId, gate, by)),
  ]);
  return lines.length > 0 ? lines.join('\n') : 'No gate is open.';
}

function gateLines(workflowId: string, open: OpenGate, by: string | undefined): string[] {
  const { gate, title, state, round, unmet, waits, stuck, override, release } = open;
  const heading = `${workflowId}  ${gate}  ${title}  (${state}, round ${round})`;
  const ways = [
    ...(stuck === undefined || override === undefined ? [] : [override.command]),
    ...(release === undefined ? [] : [release]),
  ];
  const about = [...waits, ...(stuck === undefined ? [] : [stuck]), ...ways].map((line) => `  ${line}`);
  // A rejected gate takes no approval before it opens again.
  if (state === 'rejected') return [heading, ...rejectionLines(open), ...about, ''];
  const mine = unmet.filter((criterion) => mayClear(criterion, by));
  const others = unmet.length - mine.length;
  return [
    heading,
    ...about,
    ...mine.flatMap((criterion) => [
      `  ${criterion.number}. ${criterion.text}`,
      `     waits for ${waitsFor(criterion)}`,
      ...[criterion.command, criterion.waiver].flatMap((one) => (one === undefined ? [] : [`     ${one}`])),
    ]),
    ...(others > 0 ? [`  ${others} more for others to clear`] : []),
    '',
  ];
}

/** The rejection of a gate: its author, its reason, and the way to open the gate again. */
function rejectionLines({ rejection, command, who = [] }: OpenGate): string[] {
  const { rework = [] } = rejection ?? {};
  return [
    ...(rejection === undefined ? [] : [`  rejected by ${rejection.by}: ${rejection.reason}`]),
    ...(rework.length === 0 ? [] : [`  opens again when these are done again: ${rework.join(', ')}`]),
    ...(command === undefined
      ? []
      : [`  ${who.length === 0 ? 'anyone' : who.join(' or ')} may open it again:`, `     ${command}`]),
  ];
}

/** The rejected gates among them, which take no decision before an operator opens them again. */
export function rejected(phases: readonly PhaseGates[]): PhaseGates[] {
  return phases.flatMap(({ workflowId, gates }) => {
    const closed = gates.filter(({ state }) => state === 'rejected');
    return closed.length === 0 ? [] : [{ workflowId, gates: closed }];
  });
}

/** `dana (Stakeholder) · drift: 2 stacks differ` */
export function waitsFor({ approval, needs, who, checks, command }: UnmetCriterion): string {
  const people = who.length > 0 ? who.join(', ') : command === undefined ? 'nobody who is left' : 'anyone';
  const person = needs === 'any role' ? people : `${people} (${needs})`;
  const unpassed = checks
    .filter(({ state }) => state !== 'passed')
    .map(({ kind, state, reason }) => `${kind}: ${reason ?? state}`);
  return [...(approval === 'no' || needs === '' ? [] : [person]), ...unpassed].join(approval === 'or' ? ' or ' : ' · ');
}
