import { clip } from '../base/text.ts';
import type { Evidence } from '../gates/ledger.ts';
import { second } from '../gates/rules/waits.ts';
import type { FoundByCheck, UnmetCriterion } from '../contract/answers.ts';

/** What a criterion lacks, who may give it and who may not, and what its checks have found. */
export function needsInWords(criterion: UnmetCriterion): string {
  const { needs, who, approvedBy, excluded, checks, approval } = criterion;
  const names = who.length === 0 ? '' : ` (${who.join(', ')})`;
  const given = approvedBy.map((by) => `${by} has approved`);
  const barred = excluded.map(({ by, why }) => `not ${by}, who ${why}`);
  const person = needs === '' ? barred : [`${needs}${names}`, ...given, ...barred];
  // What holds the gate comes first, and what has passed only by name: a list of a dozen is cut where it is shown.
  const passed = checks.filter(({ state }) => state === 'passed').map(({ kind }) => kind);
  const holding = checks.filter(({ state }) => state !== 'passed');
  const found = [
    ...holding.filter(({ state }) => state === 'failed').map(checkInWords),
    ...holding.filter(({ state }) => state !== 'failed').map(checkInWords),
    ...(passed.length === 0 ? [] : [`passed: ${passed.join(', ')}`]),
  ];
  return [...person, ...found].join(approval === 'or' ? ' or ' : ', ');
}

function checkInWords({ kind, state, since, reason }: FoundByCheck): string {
  return `${kind} ${state}${sinceInWords(since)}${reason === undefined ? '' : `: ${reason}`}`;
}

/** ", since 2026-11-24 09:30:07 UTC"; nothing where it is not known. */
export function sinceInWords(since: string | undefined): string {
  return since === undefined ? '' : ` since ${second(since)}`;
}

const EVIDENCE_CHARACTERS = 400;

/** A piece of evidence, with the beginning of its digest. */
export function evidenceInWords(evidence: Evidence | undefined): string {
  if (evidence === undefined) return '';
  if (typeof evidence === 'string') return clip(evidence, EVIDENCE_CHARACTERS);
  const { where, sha256 } = evidence;
  return `${clip(where, EVIDENCE_CHARACTERS)}${sha256 === undefined ? '' : ` (SHA-256 ${sha256.slice(0, 12)}…)`}`;
}
