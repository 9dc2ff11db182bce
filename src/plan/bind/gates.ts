import ms from 'ms';
import { match, meantBy } from '../../base/match.ts';
import { quoteAll } from '../../base/text.ts';
import type { Check, Criterion, Gate, TaskRef } from '../gate-model.ts';
import type { CheckKind, StepKind } from '../kinds.ts';
import type { Plan } from '../model.ts';
import type { PlaybookCriterion, PlaybookGate, PlaybookPolicy } from '../playbook/gates-schema.ts';
import type { Path } from '../section.ts';
import type { PlaybookStep } from '../playbook/schema.ts';
import { gatesBefore, gatesOf, matchesGate } from '../walk.ts';
import { type Binding, contextFor } from './context.ts';
import { approversOf } from './people.ts';
import { bindPolicy } from './policy.ts';

/** Binds the criteria and the policy of a gate. People approve the criteria that the playbook leaves out. */
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
  // With an entry of its own, the criterion is decided here, even when an earlier gate asks the same.
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
    reader.error('criterion-empty', path, 'This entry has neither a check nor an approver.', {
      expected: '"check", "approve", or both',
    });
  }
  if (approve !== undefined && orApprove !== undefined) {
    reader.error('approval-twice', [...path, 'orApprove'], '"approve" and "orApprove" contradict each other.', {
      suggestion: '"approve" asks for a person in addition to the check, "orApprove" instead of it: choose one.',
    });
  } else if (orApprove !== undefined && check === undefined) {
    reader.error('approval-alone', [...path, 'orApprove'], '"orApprove" is an alternative to a "check".', {
      suggestion: 'Write "approve".',
    });
  }
  for (const [key, what] of Object.entries(ofChecks)) {
    if (entry[key as keyof typeof ofChecks] === undefined || check !== undefined) continue;
    reader.error('interval-alone', [...path, key], `"${key}" is ${what}, and this entry has none.`);
  }
}

/** Keys that have no meaning without a check. */
const ofChecks = {
  every: 'the interval of a "check"',
  ttl: 'the time for which a pass of a "check" is valid',
  onWarning: 'the role that accepts a warning of a "check"',
};

function seconds({ reader }: Binding, path: Path, key: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  // `ms` also reads "-5m" and "Infinity"; its own type wants literals.
  const length = /^\d/.test(written) ? ms(written as ms.StringValue) : Number.NaN;
  if (length >= 1000) return Math.round(length / 1000);
  const expected = 'a second at least, such as 30s or 10m';
  reader.error('interval', [...path, key], `"${written}" is not a length of time.`, { expected });
  return undefined;
}

/** `drift`, or `{drift: VALUE}`. */
type CheckEntry = string | { readonly [kind: string]: unknown };

interface Checked {
  readonly check?: PlaybookCriterion['check'];
  /** Seconds between polls. */
  readonly every?: number | undefined;
  /** Seconds for which a pass is valid. */
  readonly lifetime?: number | undefined;
}

/** Binds the checks of a criterion: one, or a list. */
function bindChecks(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  { check, every, lifetime }: Checked,
): Check[] {
  const entries: { entry: CheckEntry; at: Path }[] = Array.isArray(check)
    ? check.map((entry, index) => ({ entry, at: [...path, 'check', index] }))
    : check === undefined
      ? []
      : [{ entry: check, at: [...path, 'check'] }];
  const checks: Check[] = [];
  for (const { entry, at } of entries) {
    const chosen = choose(binding, entry, at);
    if (chosen === undefined) continue;
    const { kind, value, at: valueAt } = chosen;
    const parsed = kind.entry.safeParse(value);
    if (!parsed.success) {
      binding.reader.shapeErrors(valueAt, parsed.error.issues, kind.entry);
      continue;
    }
    const { milestone } = gate;
    const context = { ...contextFor(binding, valueAt, { milestone }), text: criterion.text, gate: gate.id };
    const draft = kind.expand(parsed.data, milestone === undefined ? context : { ...context, milestone });
    const same = checks.filter((one) => one.kind === kind.kind).length;
    const bound: Check = {
      id: `${criterion.id}/${kind.kind}${same === 0 ? '' : `.${same + 1}`}`,
      kind: kind.kind,
      label: draft.label,
      profile: kind.profile,
      ...(kind.concerns === undefined ? {} : { concerns: kind.concerns }),
      ...(kind.given === undefined ? {} : { given: kind.given }),
      ...(every === undefined ? {} : { every }),
      ...(lifetime === undefined ? {} : { lifetime }),
      input: draft.input,
    };
    reportGateCheck(binding, gate, bound, valueAt);
    checks.push(bound);
  }
  return checks;
}

function choose(
  { kinds, reader }: Binding,
  entry: CheckEntry,
  at: Path,
): { kind: CheckKind; value: unknown; at: Path } | undefined {
  const names = kinds.checks.map(({ kind }) => kind);
  const [pair, second] = typeof entry === 'string' ? [[entry, undefined] as const] : Object.entries(entry);
  if (pair === undefined || second !== undefined) {
    const message = pair === undefined ? 'This check is empty.' : 'Two checks in one entry.';
    reader.error('check', at, message, { expected: `one of ${names.join(', ')}; several stand in a list` });
    return undefined;
  }
  const [name, value] = pair;
  const kind = kinds.checks.find((one) => one.kind === name);
  const valueAt = typeof entry === 'string' ? at : [...at, name];
  if (kind !== undefined) return { kind, value, at: valueAt };
  reader.error('check-unknown', valueAt, `There is no check "${name}".`, meantBy(name, names));
  return undefined;
}

/** Turns `evidence: readiness-report` into a check that waits for the report and records the digest that is approved. */
function bindEvidence(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  { evidence, approve }: PlaybookCriterion,
): Check[] {
  if (evidence === undefined) return [];
  const at = [...path, 'evidence'];
  if (approve === undefined) {
    binding.reader.error('evidence-alone', at, '"evidence" needs an approver.', {
      expected: '"approve" in the same entry',
    });
    return [];
  }
  const written = reportsWritten(binding);
  if (!written.includes(evidence)) {
    const message = `No task writes a report "${evidence}".`;
    const hints =
      written.length === 0
        ? { suggestion: 'Add a step "report" or "document" to a task.' }
        : meantBy(evidence, written);
    binding.reader.error('report-unknown', at, message, hints);
    return [];
  }
  return bindChecks(binding, gate, criterion, at, { check: { report: evidence } });
}

/** Names of the reports that steps of the playbook write. */
function reportsWritten({ playbook: { milestones }, kinds }: Binding): string[] {
  const tasks = Object.values(milestones).flatMap(({ tasks = {} }) => Object.values(tasks));
  const entries: PlaybookStep[] = tasks.flatMap((task) => [task, ...(task.steps ?? [])]);
  const writing = kinds.steps.filter((one) => one.writes !== undefined).map(({ kind }) => kind);
  const values = entries.flatMap((entry) => writing.map((kind) => entry[kind]));
  const reports = values.flatMap((value) =>
    typeof value === 'object' && value !== null ? Object.keys(value) : [value],
  );
  return [...new Set(reports.filter((name) => typeof name === 'string'))];
}

/** Reports a `gate` check that names an unknown gate, or one that opens only after this gate: it would never pass. */
function reportGateCheck({ plan, reader }: Binding, gate: Gate, { concerns, input }: Check, path: Path): void {
  const wanted = input['gates'];
  if (concerns !== 'gates' || typeof wanted !== 'string') return;
  const gates = gatesOf(plan);
  const meant = gates.filter(({ id }) => matchesGate(wanted, id));
  if (meant.length === 0) {
    const ids = gates.map(({ id }) => id);
    reader.error('gate-unknown', path, `There is no gate "${wanted}".`, meantBy(wanted, ids));
    return;
  }
  const late = meant.filter((one) => gatesBefore(plan, one).includes(gate.id));
  if (late.length === 0) return;
  const ids = late.map(({ id }) => id);
  const before = gatesBefore(plan, gate);
  reader.error(
    'gate-order',
    path,
    `${gate.id} would never clear: it waits for ${ids.join(', ')}, which opens only after ${gate.id} has cleared.`,
    {
      ...(before.length === 0 ? {} : { expected: `a gate before it: ${quoteAll(before)}` }),
    },
  );
}

/**
 * Adds to every gate the tasks that write the reports which are approved there.
 *
 * @param kinds of steps; those that write a report say so
 */
export function withRenewals(plan: Plan, kinds: readonly StepKind[]): Plan {
  const { gates, milestones } = plan;
  const renewing = (gate: Gate): Gate => {
    const renews = [...new Set(gate.criteria.flatMap(({ evidence }) => writersOf(plan, evidence, kinds)))];
    return renews.length === 0 ? gate : { ...gate, renews };
  };
  return {
    ...plan,
    gates: { entry: renewing(gates.entry), completion: renewing(gates.completion) },
    milestones: milestones.map((milestone) => {
      const { entry, exit, quality, ...others } = milestone.gates;
      const renewed = { ...others, entry: renewing(entry), exit: renewing(exit), quality: renewing(quality) };
      return { ...milestone, gates: renewed };
    }),
  };
}

function writersOf({ milestones }: Plan, report: string | undefined, kinds: readonly StepKind[]): TaskRef[] {
  if (report === undefined) return [];
  const tasks = milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const writes = tasks.filter(({ steps }) =>
    steps.some(({ kind, input }) => kinds.find((one) => one.kind === kind)?.writes?.(input) === report),
  );
  return writes.map(({ ref }) => ref);
}
