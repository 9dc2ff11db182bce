import type {
  ActionExecutionDetail,
  PipelineExecution,
  PipelineExecutionSummary,
  RuleExecutionDetail,
} from '@aws-sdk/client-codepipeline';
import { clip, singleLine } from '../../../base/text.ts';
import { actionsOf, rulesOf } from './actions.ts';
import type { PipelineAddress } from './address.ts';
import { recentExecutions } from './executions.ts';

/** Longest text that is repeated from AWS. The whole reason has to fit into 2,000 characters. */
const TEXT = 700;
const LOG = 400;
const LINK = 250;

/**
 * Says why an execution has failed: the earliest action that failed, or else the condition, and whether the pipeline was rolled back. An error
 * of AWS leaves out what it would have told, so that it never hides the failure itself.
 *
 * @returns a part of a sentence; empty when AWS tells nothing
 */
export async function diagnose(address: PipelineAddress, execution: PipelineExecution): Promise<string> {
  const id = execution.pipelineExecutionId ?? '';
  const actions = await unlessDenied(address, () => actionsOf(address, id), []);
  const action = earliestFailure(actions);
  const rules = action === undefined ? await unlessDenied(address, () => rulesOf(address, id), []) : [];
  const rule = earliestFailure(rules);
  const rollback = await unlessDenied(address, () => rollbackOf(address, id), undefined);
  const causes = [
    ...(action === undefined ? [] : [actionWords(action, await lastLinesOf(address, action))]),
    ...(rule === undefined ? [] : [ruleWords(rule)]),
    ...(action === undefined && rule === undefined ? [singleLine(execution.statusSummary ?? '')] : []),
    ...(rollback === undefined ? [] : [rollbackWords(rollback)]),
  ];
  return causes
    .filter((cause) => cause !== '')
    .join('; ')
    .replace(/\.$/, '');
}

/** A run of an action, or of a rule of a condition. */
interface Run {
  readonly stageName?: string | undefined;
  readonly actionName?: string | undefined;
  readonly ruleName?: string | undefined;
  readonly status?: string | undefined;
  readonly startTime?: Date | undefined;
  readonly lastUpdateTime?: Date | undefined;
}

/**
 * The run that failed first. Of each action only the latest run counts: a stage that was retried has earlier runs in the same execution, which
 * explain nothing any more.
 */
export function earliestFailure<Detail extends Run>(details: readonly Detail[]): Detail | undefined {
  const latest = new Map<string, Detail>();
  for (const detail of details) {
    const key = JSON.stringify([detail.stageName, detail.actionName ?? detail.ruleName]);
    const known = latest.get(key);
    if (known === undefined || timeOf(detail.startTime) > timeOf(known.startTime)) latest.set(key, detail);
  }
  const failed = [...latest.values()].filter(({ status }) => status === 'Failed');
  return failed.sort((one, other) => timeOf(one.lastUpdateTime) - timeOf(other.lastUpdateTime))[0];
}

function timeOf(date: Date | undefined): number {
  return date?.getTime() ?? 0;
}

function actionWords(
  { stageName = '', actionName = '', output }: ActionExecutionDetail,
  lastLines: readonly string[],
): string {
  const { errorDetails, externalExecutionSummary, externalExecutionUrl, logStreamARN } = output?.executionResult ?? {};
  const says = saidBy([errorDetails?.code, errorDetails?.message, externalExecutionSummary]);
  const links = [externalExecutionUrl, logStreamARN].flatMap((link) =>
    link === undefined || link === '' ? [] : [`see ${clip(link, LINK)}`],
  );
  return [
    `action ${stageName}/${actionName} failed${says === '' ? '' : `: ${says}`}`,
    ...(lastLines.length === 0 ? [] : [`its log ends with: ${ends(oneLine(lastLines.join('\n')), LOG)}`]),
    ...links,
  ].join('; ');
}

/** What AWS says, each text once. A summary is often the beginning of the message. */
function saidBy(texts: readonly (string | undefined)[]): string {
  const said = texts.flatMap((text) => (text === undefined || text === '' ? [] : [oneLine(text)]));
  const distinct = said.filter((text, index) => {
    const beginning = text.replace(/…$/, '');
    return !said.some((other, at) => at < index && other.startsWith(beginning));
  });
  return ends(distinct.join(': '), TEXT);
}

/** Lines of a log stay apart. */
function oneLine(text: string): string {
  return singleLine(text.trim().replace(/\s*\n\s*/g, ' | '));
}

/** Cuts the middle out of a long text: it begins with the command that failed, and ends with the last lines of its log. */
function ends(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = Math.floor(limit / 3);
  return `${text.slice(0, head).toWellFormed()} … ${text.slice(text.length - (limit - head)).toWellFormed()}`;
}

function ruleWords({ stageName = '', ruleName = '', output }: RuleExecutionDetail): string {
  const { errorDetails, externalExecutionSummary, externalExecutionUrl } = output?.executionResult ?? {};
  const says = saidBy([errorDetails?.code, errorDetails?.message, externalExecutionSummary]);
  const link = externalExecutionUrl === undefined ? '' : `; see ${clip(externalExecutionUrl, LINK)}`;
  return `rule ${ruleName} of a condition of stage ${stageName} failed${says === '' ? '' : `: ${says}`}${link}`;
}

function rollbackWords({ pipelineExecutionId: id = '', status, rollbackMetadata }: PipelineExecutionSummary): string {
  const target = rollbackMetadata?.rollbackTargetPipelineExecutionId ?? 'an earlier execution';
  return `its stage is rolled back to ${target} by execution ${id}, which is ${String(status)}`;
}

async function lastLinesOf(address: PipelineAddress, { output }: ActionExecutionDetail): Promise<readonly string[]> {
  const arn = output?.executionResult?.logStreamARN;
  if (arn === undefined || arn === '') return [];
  return unlessDenied(address, async () => (await address.readLog?.(arn)) ?? [], []);
}

/** The rollback that the failure of an execution has caused. Its trigger names the execution that failed. */
async function rollbackOf(address: PipelineAddress, id: string): Promise<PipelineExecutionSummary | undefined> {
  for await (const summary of recentExecutions(address, { pages: 1 })) {
    const { trigger } = summary;
    const isOfThis = trigger?.triggerType === 'AutomatedRollback' && trigger.triggerDetail?.includes(id) === true;
    if (isOfThis) return summary;
    if (summary.pipelineExecutionId === id) return undefined;
  }
  return undefined;
}

async function unlessDenied<T>({ signal }: PipelineAddress, ask: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch {
    signal.throwIfAborted();
    return otherwise;
  }
}
