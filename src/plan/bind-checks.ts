import { contextFor, type Binding } from './bind-context.ts';
import { reportGateCheck } from './bind-gate-checks.ts';
import type { CheckKind } from './kinds.ts';
import { meantBy } from './match.ts';
import type { Check, Criterion, Gate } from './gate-model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookCriterion } from './playbook-gates.ts';

/** `drift`, or `{drift: VALUE}`. */
type CheckEntry = string | { readonly [kind: string]: unknown };

interface Checked {
  readonly check?: PlaybookCriterion['check'];
  /** Seconds between polls. */
  readonly every?: number | undefined;
  /** Seconds for which a pass speaks. */
  readonly lifetime?: number | undefined;
}

/** Binds a criterion's checks: one or a list. */
export function bindChecks(
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
    const context = { ...contextFor(binding, valueAt), text: criterion.text, gate: gate.id };
    const { milestone } = gate;
    const draft = kind.expand(parsed.data, milestone === undefined ? context : { ...context, milestone });
    const same = checks.filter((one) => one.kind === kind.kind).length;
    const bound: Check = {
      id: `${criterion.id}/${kind.kind}${same === 0 ? '' : `.${same + 1}`}`,
      kind: kind.kind,
      label: draft.label,
      profile: kind.profile,
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
