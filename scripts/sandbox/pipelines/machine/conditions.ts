import { inputsOf, LONGEST_SUMMARY } from './actions.ts';
import type { ConditionRun, ConditionType, Execution, RuleAttempt, StageDefinition, StageRun } from './state.ts';
import { touch, type Turn } from './turn.ts';
import { resolveAll, UnresolvedReference } from './variables.ts';

/** Minutes after which a rule that names no time-out is given up. */
const RULE_TIMEOUT = 24 * 60;

type Condition = NonNullable<NonNullable<StageDefinition['beforeEntry']>['conditions']>[number];
type Rule = NonNullable<Condition['rules']>[number];

/** The stage's condition of that type. The service takes one at most. */
export function conditionOf(stage: StageDefinition, type: ConditionType): Condition | undefined {
  const { beforeEntry, onSuccess, onFailure } = stage;
  const conditions = { BEFORE_ENTRY: beforeEntry, ON_SUCCESS: onSuccess, ON_FAILURE: onFailure }[type]?.conditions;
  return conditions?.[0];
}

/** The run of a condition that counts now. */
export function latestCondition({ conditions }: StageRun, type: ConditionType): ConditionRun | undefined {
  return conditions.findLast((one) => one.type === type && one.retired !== true);
}

/**
 * Brings the condition forward: starts its rules, and judges it once they are done. All rules run at once; one that fails decides.
 *
 * @returns true when something has changed
 */
export function stepCondition(
  turn: Turn,
  execution: Execution,
  stage: StageRun,
  type: ConditionType,
  { rules = [] }: Condition,
): boolean {
  const run = latestCondition(stage, type);
  if (run === undefined) {
    const begun = rules.map((rule) => beginRule(turn, execution, rule));
    stage.conditions.push({ type, status: 'InProgress', updated: turn.now, rules: begun });
    touch(turn, execution);
    return true;
  }
  if (run.status !== 'InProgress') return false;
  const failed = run.rules.find(({ status }) => status === 'Failed' || status === 'Abandoned');
  if (failed === undefined && run.rules.some(({ status }) => status === 'InProgress')) return false;
  run.status = failed === undefined ? 'Succeeded' : 'Failed';
  run.updated = turn.now;
  if (failed) run.summary = `Rule ${failed.rule}: ${failed.outcome?.summary ?? failed.status}`;
  for (const one of run.rules.filter(({ status }) => status === 'InProgress')) {
    one.status = 'Abandoned';
    one.updated = turn.now;
  }
  touch(turn, execution);
  return true;
}

function beginRule(turn: Turn, execution: Execution, rule: Rule): RuleAttempt {
  const { now } = turn;
  const configuration = rule.configuration ?? {};
  const begun = {
    id: turn.newId(),
    rule: rule.name,
    provider: rule.ruleTypeId.provider,
    started: now,
    updated: now,
    configuration,
    region: rule.region ?? turn.region,
    roleArn: rule.roleArn ?? turn.definition(execution.version).roleArn,
    expires: now + (rule.timeoutInMinutes ?? RULE_TIMEOUT) * turn.minute,
  };
  try {
    const inputs = inputsOf(rule, execution);
    return { ...begun, status: 'InProgress', resolved: resolveAll(configuration, execution), inputs };
  } catch (error) {
    if (!(error instanceof UnresolvedReference)) throw error;
    const outcome = { summary: error.message, error: { code: 'ConfigurationError', message: error.message } };
    return { ...begun, status: 'Failed', resolved: configuration, inputs: [], outcome };
  }
}

/** Notes what a rule has found. A rule that has ended in the meantime stays as it is. */
export function endRule(
  turn: Turn,
  execution: Execution,
  id: string,
  status: 'Succeeded' | 'Failed',
  outcome: NonNullable<RuleAttempt['outcome']>,
): void {
  const rules = execution.stages.flatMap(({ conditions }) => conditions.flatMap((one) => one.rules));
  const rule = rules.find((one) => one.id === id && one.status === 'InProgress');
  if (rule === undefined) return;
  rule.status = status;
  rule.outcome = { ...outcome, summary: outcome.summary?.slice(0, LONGEST_SUMMARY) };
  rule.updated = turn.now;
  touch(turn, execution);
}
