import { endRule } from './conditions.ts';
import { currentStage, isActive, type ActionAttempt, type Execution, type RuleAttempt } from './state.ts';
import { touch, type Turn } from './turn.ts';

/** Fails approvals and rules that have waited for too long. */
export function expire(turn: Turn): void {
  for (const execution of [...turn.executions.values()].filter(isActive)) {
    for (const attempt of openApprovals(execution)) {
      if ((attempt.approval?.expires ?? Infinity) > turn.now) continue;
      const message = 'The approval has not been answered in time.';
      attempt.status = 'Failed';
      attempt.outcome = { summary: message, error: { code: 'ApprovalTimedOut', message } };
      attempt.updated = turn.now;
      touch(turn, execution);
    }
    for (const rule of openRules(execution)) {
      if (rule.expires > turn.now) continue;
      const message = 'The rule has not ended in time.';
      endRule(turn, execution, rule.id, 'Failed', { summary: message, error: { code: 'RuleTimedOut', message } });
    }
  }
}

/** The next time at which `expire` does something. */
export function nextExpiry(executions: Iterable<Execution>): number {
  const active = [...executions].filter(isActive);
  return Math.min(
    ...active.flatMap(openApprovals).map(({ approval }) => approval?.expires ?? Infinity),
    ...active.flatMap(openRules).map(({ expires }) => expires),
  );
}

function openApprovals(execution: Execution): ActionAttempt[] {
  return currentStage(execution).attempts.filter(
    ({ status, approval }) => status === 'InProgress' && approval !== undefined,
  );
}

/** Rules of the execution that are running. */
export function openRules(execution: Execution): RuleAttempt[] {
  return currentStage(execution)
    .conditions.flatMap(({ rules }) => rules)
    .filter(({ status }) => status === 'InProgress');
}
