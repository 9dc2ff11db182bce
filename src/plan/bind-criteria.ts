import ms from 'ms';
import type { Binding } from './bind.ts';
import { contextFor } from './bind-tasks.ts';
import { match, meantBy } from './match.ts';
import type { Check, Criterion, Gate } from './model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookCriterion } from './playbook.ts';

type Entries = { readonly [key: string]: PlaybookCriterion };

/** Binds a gate's criteria; those that the playbook leaves out are approved by people. */
export function bindGate(binding: Binding, gate: Gate, path: Path, entries: Entries = {}): Gate {
  const bound = new Map<number, Criterion>();
  for (const [key, entry] of Object.entries(entries)) {
    const at = [...path, key];
    const found = match(gate.criteria, key, `criteria of ${gate.id}`);
    if (!('found' in found)) {
      const { message, suggestion } = found;
      binding.reader.error('unknown-criterion', at, message, suggestion === undefined ? {} : { suggestion });
    } else if (bound.has(found.found.number)) {
      binding.reader.error('criterion-twice', at, `criterion ${String(found.found.number)} of ${gate.id} is bound already`);
    } else {
      bound.set(found.found.number, bindCriterion(binding, gate, found.found, at, entry));
    }
  }
  return { ...gate, criteria: gate.criteria.map((criterion) => bound.get(criterion.number) ?? criterion) };
}

function bindCriterion(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  entry: PlaybookCriterion,
): Criterion {
  const { reader } = binding;
  const given = entry.check === undefined ? [] : Array.isArray(entry.check) ? entry.check : [entry.check];
  if (entry.approve !== undefined && entry.orApprove !== undefined) {
    reader.error('approval-twice', path, '"approve" asks for a person besides the check, "orApprove" instead of it; choose one');
  }
  if (entry.orApprove !== undefined && given.length === 0) {
    reader.error('approval-twice', [...path, 'orApprove'], '"orApprove" stands beside a "check"; write "approve"');
  }
  const every = entry.every === undefined ? undefined : secondsOf(entry.every);
  if (entry.every !== undefined && every === undefined) {
    reader.error('interval', [...path, 'every'], `"${entry.every}" is no interval`, { expected: 'a length such as 30s or 10m' });
  }
  const checks: Check[] = [];
  for (const [index, one] of given.entries()) {
    const at = Array.isArray(entry.check) ? [...path, 'check', index] : [...path, 'check'];
    const check = bindCheck(binding, gate, criterion, at, one, checks, every);
    if (check !== undefined) checks.push(check);
  }
  const role = entry.approve ?? entry.orApprove;
  // A rule of its own means that the playbook wants it decided here, also when the same words stand elsewhere.
  const { sameAs: _asked, ...own } = criterion;
  return {
    ...own,
    checks,
    approval: given.length === 0 ? 'only' : entry.approve !== undefined ? 'and' : entry.orApprove !== undefined ? 'or' : 'no',
    ...(typeof role === 'string' ? { role } : {}),
  };
}

function bindCheck(
  binding: Binding,
  gate: Gate,
  criterion: Criterion,
  path: Path,
  given: string | { readonly [key: string]: unknown },
  earlier: readonly Check[],
  every: number | undefined,
): Check | undefined {
  const { kinds, reader } = binding;
  const pairs = typeof given === 'string' ? [[given, undefined] as const] : Object.entries(given);
  const names = kinds.checks.map(({ kind }) => kind);
  const [pair, second] = pairs;
  if (pair === undefined || second !== undefined) {
    reader.error('check', path, `a check is one of ${names.join(', ')}; several stand in a list`);
    return undefined;
  }
  const [name, value] = pair;
  const kind = kinds.checks.find((one) => one.kind === name);
  const at = typeof given === 'string' ? path : [...path, name];
  if (kind === undefined) {
    reader.error('unknown-check', at, `there is no check "${name}"`, meantBy(name, names));
    return undefined;
  }
  const parsed = kind.entry.safeParse(value);
  if (!parsed.success) {
    reader.shapeErrors(at, parsed.error.issues);
    return undefined;
  }
  const { label, input } = kind.expand(parsed.data, {
    ...contextFor(binding, undefined, at, path),
    text: criterion.text,
    gate: gate.id,
    ...(gate.milestone === undefined ? {} : { milestone: gate.milestone }),
  });
  const same = earlier.filter((check) => check.kind === kind.kind).length;
  return {
    id: `${criterion.id}/${kind.kind}${same === 0 ? '' : `.${String(same + 1)}`}`,
    kind: kind.kind,
    label,
    profile: kind.profile,
    ...(every === undefined ? {} : { every }),
    input,
  };
}

function secondsOf(text: string): number | undefined {
  const length = /^\d/.test(text) ? ms(text as ms.StringValue) : Number.NaN;
  return Number.isFinite(length) && length >= 1000 ? Math.round(length / 1000) : undefined;
}
