import type { JsonObject } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import type { GatesState } from '../../gates/model.ts';
import type { StateAnswer } from '../../gates/slice.ts';
import { isSeverity } from '../../plan/severity.ts';
import { unfiledAt } from './declined.ts';
import { beyond, blocking, type Issue, issuesOf } from './model.ts';

/** Issues that a reason names. */
const NAMED = 5;

/** Answers the check `issues`: nothing is open at its severity or above, and nothing is resolved without a retest. */
export function findIssues(state: GatesState, input: JsonObject): StateAnswer {
  const { severity } = input;
  if (!isSeverity(severity)) return { state: 'failed', reason: 'the check names no severity' };
  const log = issuesOf(state);
  const open = blocking(log, severity);
  const missed = beyond(log, severity);
  const declined = unfiledAt(state, severity);
  const above = severity === 'low' ? '' : ` at ${severity} or above`;
  if (open.length === 0 && missed + declined === 0) {
    const deferred = log.issues.filter((issue) => issue.state === 'deferred').map(({ id }) => id);
    const closed = log.issues.filter((issue) => issue.state === 'closed').length + log.dropped;
    const others = deferred.length === 0 ? '' : `; deferred: ${named(deferred)}`;
    return { state: 'passed', reason: `no issue is open${above}; ${String(closed)} closed${others}` };
  }
  const parts = [
    ...(open.length === 0 ? [] : [`${counted(open.length, 'issue')} open${above}: ${named(open.map(inWords))}`]),
    ...(missed === 0 ? [] : [`${counted(missed, 'failing case')} beyond what the log holds`]),
    ...(declined === 0 ? [] : [`${counted(declined, 'declined case')} beyond what the log holds`]),
  ];
  return { state: 'failed', reason: parts.join('; ') };
}

function inWords({ id, title, state }: Issue): string {
  return `${id} ${title}${state === 'resolved' ? ' (resolved, not retested)' : ''}`;
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join('; ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
