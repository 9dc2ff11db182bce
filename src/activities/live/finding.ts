import { digestOf } from '../../base/digest.ts';

/** What a finding is about. */
export interface Subject {
  /** Environment, stack and logical id: `development/storage DataBucket`. */
  readonly subject: string;
  /** Id on AWS: what was deleted and created again is something else. */
  readonly id?: string;
}

/** What was found of one thing. */
export interface Finding extends Subject {
  /** `unknown`: it could not be told, so it proves nothing. */
  readonly state: 'holds' | 'fails' | 'unknown';
  /**
   * In words that follow the subject: `is not encrypted`. The same state of the world is told in the same words, for they are
   * part of the evidence: no times, and nothing that is counted up.
   */
  readonly says: string;
}

/** What findings amount to. */
export interface Conclusion {
  readonly state: 'passed' | 'failed' | 'inconclusive';
  readonly reason: string;
  /** Absent while something is unknown: it is not what anybody could approve. */
  readonly evidence?: readonly [{ readonly where: string; readonly sha256: string }];
}

/** Things that a reason names; it is read on a board. */
const NAMED = 5;

/**
 * Passes only when all that was looked at holds, and something was looked at.
 *
 * @param things what was looked at, in the plural: `alarms`
 * @param where environments and the like, for the evidence
 */
export function conclude(findings: readonly Finding[], things: string, where: string): Conclusion {
  const sorted = [...findings].sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  const evidence = [{ where: `${things} of ${where}`, sha256: digestOf(sorted) }] as const;
  const failing = sorted.filter(({ state }) => state === 'fails');
  if (failing.length > 0) return { state: 'failed', reason: inWords(failing), evidence };
  const unknown = sorted.filter(({ state }) => state === 'unknown');
  if (unknown.length > 0) return { state: 'inconclusive', reason: inWords(unknown) };
  if (sorted.length === 0) return { state: 'inconclusive', reason: `there are no ${things} to look at` };
  return { state: 'passed', reason: `${String(sorted.length)} looked at, all as they should be: ${things}`, evidence };
}

function sortKey({ subject, says }: Finding): string {
  return `${subject} ${says}`;
}

function inWords(findings: readonly Finding[]): string {
  const named = findings.slice(0, NAMED).map(({ subject, says }) => `${subject} ${says}`);
  const rest = findings.length > NAMED ? ` and ${String(findings.length - NAMED)} more` : '';
  return `${named.join('; ')}${rest}`;
}

export function holds(subject: Subject | string, says: string): Finding {
  return finding(subject, 'holds', says);
}

export function fails(subject: Subject | string, says: string): Finding {
  return finding(subject, 'fails', says);
}

export function unknown(subject: Subject | string, says: string): Finding {
  return finding(subject, 'unknown', says);
}

function finding(about: Subject | string, state: Finding['state'], says: string): Finding {
  return { ...(typeof about === 'string' ? { subject: about } : about), state, says };
}
