import { second } from '../gates/waits.ts';
import type { UnmetCriterion } from './messages.ts';

/** What a criterion lacks, who may give it and who may not, and what its checks have found. */
export function needsInWords(criterion: UnmetCriterion): string {
  const { needs, who, approvedBy, excluded, checks, approval } = criterion;
  const names = who.length === 0 ? '' : ` (${who.join(', ')})`;
  const given = approvedBy.map((by) => `${by} has approved`);
  const barred = excluded.map(({ by, why }) => `not ${by}, who ${why}`);
  const person = needs === '' ? barred : [`${needs}${names}`, ...given, ...barred];
  const found = checks.map(
    ({ kind, state, since, reason }) =>
      `${kind} ${state}${sinceInWords(since)}${reason === undefined ? '' : `: ${reason}`}`,
  );
  return [...person, ...found].join(approval === 'or' ? ' or ' : ', ');
}

/** ", since 2026-11-24 09:30:07 UTC"; nothing where it is not known. */
export function sinceInWords(since: string | undefined): string {
  return since === undefined ? '' : ` since ${second(since)}`;
}
