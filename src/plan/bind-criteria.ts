import ms from 'ms';
import { bindChecks } from './bind-checks.ts';
import type { Binding } from './bind-context.ts';
import { approversOf } from './bind-approvers.ts';
import { bindEvidence } from './bind-evidence.ts';
import { bindPolicy } from './bind-policy.ts';
import { match } from './match.ts';
import type { Criterion, Gate } from './gate-model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookCriterion, PlaybookGate, PlaybookPolicy } from './playbook-gates.ts';

/** Binds a gate's criteria and policy; criteria that the playbook leaves out are approved by people. */
export function bindGate(binding: Binding, gate: Gate, path: Path, entry: PlaybookGate = {}): Gate {
  const { reader } = binding;
  const { policy, ...entries } = entry as { policy?: PlaybookPolicy } & { [key: string]: PlaybookCriterion };
  const bound = new Map<number, Criterion>();
  for (const [key, entry] of Object.entries(entries)) {
    const at = [...path, key];
    const matched = match(gate.criteria, key, `criteria of ${gate.id}`);
    if (!('found' in matched)) {
      reader.error('criterion-unknown', at, matched.message, matched.hints);
    } else if (bound.has(matched.found.number)) {
      reader.error('criterion-twice', at, `Criterion ${matched.found.number} of ${gate.id} has an entry already.`);
    } else {
      bound.set(matched.found.number, bindCriterion(binding, gate, matched.found, at, entry));
    }
  }
  return {
    ...gate,
    criteria: gate.criteria.map((criterion) => bound.get(criterion.number) ?? criterion),
    ...bindPolicy(binding, gate, [...path, 'policy'], policy),
  };
}

function bindCriterion(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  entry: PlaybookCriterion,
): Criterion {
  contradictions(binding, path, entry);
  // A rule of its own means that the playbook wants it decided here, also when an earlier gate asks the same.
  const { sameAs: _asked, ...own } = criterion;
  const checks = bindChecks(binding, gate, criterion, path, {
    check: entry.check,
    every: seconds(binding, path, 'every', entry.every),
    lifetime: seconds(binding, path, 'ttl', entry.ttl),
  });
  return {
    ...own,
    checks: [...checks, ...bindEvidence(binding, gate, criterion, path, entry)],
    approval: approvalOf(entry),
    ...(entry.evidence === undefined ? {} : { evidence: entry.evidence }),
    ...approversOf(binding, path, entry),
    ...(entry.onWarning === undefined ? {} : { onWarning: entry.onWarning }),
  };
}

function approvalOf({ check, evidence, approve, orApprove }: PlaybookCriterion): Criterion['approval'] {
  if (check === undefined && evidence === undefined) return 'only';
  if (approve !== undefined) return 'and';
  return orApprove === undefined ? 'no' : 'or';
}

function contradictions({ reader }: Binding, path: Path, entry: PlaybookCriterion): void {
  const { check, approve, orApprove } = entry;
  if ([check, approve, orApprove, entry.evidence].every((one) => one === undefined)) {
    reader.error('criterion-empty', path, 'This entry says neither how to check the criterion nor who approves it.', {
      expected: '"check", "approve", or both',
    });
  }
  if (approve !== undefined && orApprove !== undefined) {
    reader.error('approval-twice', [...path, 'orApprove'], '"approve" and "orApprove" contradict each other.', {
      suggestion: '"approve" asks for a person besides the check, "orApprove" instead of it: choose one.',
    });
  } else if (orApprove !== undefined && check === undefined) {
    reader.error('approval-alone', [...path, 'orApprove'], '"orApprove" is an alternative to a "check".', {
      suggestion: 'Write "approve".',
    });
  }
  for (const [key, what] of Object.entries(ofChecks)) {
    if (entry[key as keyof typeof ofChecks] === undefined || check !== undefined) continue;
    reader.error('interval-alone', [...path, key], `"${key}" is ${what}.`);
  }
}

/** Keys that mean nothing without a check. */
const ofChecks = {
  every: 'how often a "check" looks again',
  ttl: 'how long the pass of a "check" speaks',
  onWarning: 'who accepts the warning of a "check"',
};

function seconds({ reader }: Binding, path: Path, key: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  // `ms` also reads "-5m" and "Infinity"; its own type wants literals.
  const length = /^\d/.test(written) ? ms(written as ms.StringValue) : Number.NaN;
  if (length >= 1000) return Math.round(length / 1000);
  const expected = 'a second at least, such as 30s or 10m';
  reader.error('interval', [...path, key], `"${written}" is no length of time.`, { expected });
  return undefined;
}
