import { digestOf } from '../../base/digest.ts';

/** The thing that a finding is about. */
export interface Subject {
  /** Environment, stack and logical id: `development/storage DataBucket`. */
  readonly subject: string;
  /** Id on AWS: a thing that was deleted and created again is another thing. */
  readonly id?: string;
}

/** The result of looking at one thing. */
export interface Finding extends Subject {
  /** `unknown`: AWS could not tell, so the finding proves nothing. */
  readonly state: 'holds' | 'fails' | 'unknown';
  /**
   * Words that follow the subject: `is not encrypted`. They are part of the evidence, so the same state always has the same words:
   * no times, and no counters.
   */
  readonly says: string;
}

/** The conclusion from all findings of a check. */
export interface Conclusion {
  readonly state: 'passed' | 'failed' | 'inconclusive';
  readonly reason: string;
  /** Absent while something is unknown, since no person can approve that. */
  readonly evidence?: readonly [{ readonly where: string; readonly sha256: string }];
}

/** Findings that a reason names at most, since people read it on a board. */
const NAMED = 5;

/**
 * Draws the conclusion: passed only when there are findings, and all of them hold.
 *
 * @param things the kind of things that were looked at, in the plural: `alarms`
 * @param where names of the environments, for the evidence
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
