import type { Binding } from './bind-context.ts';
import { gatesOf } from './gate-order.ts';
import { meantBy } from './match.ts';
import { reportDeadRules, reportLaterGates } from './bind-dead-rules.ts';
import type { Gate, GatePolicy } from './gate-model.ts';
import { own } from './own.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookPolicy } from './playbook-gates.ts';

/** A gate's policy: what the playbook states for every gate, and over it what it states for this one. */
export function bindPolicy(
  binding: Binding,
  gate: Gate,
  path: Path,
  stated: PlaybookPolicy = {},
): { policy?: GatePolicy } {
  const common = withCalendars(binding, binding.playbook.policy, ['policy']);
  const all = { ...common, ...withCalendars(binding, stated, path) };
  const { override: _notHere, ...last } = all;
  // Nothing comes after the completion gate that could review; a policy for every gate does not mean it.
  const policy = gate.kind === 'completion' && stated.override === undefined ? last : all;
  if (gate.kind === 'completion' && stated.override !== undefined) {
    binding.reader.error(
      'override-last',
      [...path, 'override'],
      'No gate comes after it that could review an override.',
      {
        suggestion: 'Waive single criteria instead.',
      },
    );
  }
  const at = stated.distinctFrom === undefined ? ['policy'] : path;
  reportGates(binding, policy, [...at, 'distinctFrom']);
  if (stated.distinctFrom !== undefined)
    reportLaterGates(binding, gate, stated.distinctFrom, [...path, 'distinctFrom']);
  reportDeadRules(binding, policy, Object.keys(stated).length === 0 ? ['policy'] : path);
  reportEscalation(binding, policy, stated.deadline === undefined ? ['policy'] : path);
  reportRoles(binding, policy, stated.override === undefined ? ['policy'] : path);
  return Object.keys(policy).length === 0 ? {} : { policy: withoutItself(policy, gate) };
}

/** A list for every gate may name the gate itself, which is then left out. */
function withoutItself(policy: GatePolicy, { id }: Gate): GatePolicy {
  if (policy.distinctFrom === undefined) return policy;
  return { ...policy, distinctFrom: policy.distinctFrom.filter((one) => one !== id) };
}

function reportGates({ plan, reader }: Binding, { distinctFrom = [] }: GatePolicy, path: Path): void {
  const ids = gatesOf(plan).map(({ id }) => id);
  for (const [index, id] of distinctFrom.entries()) {
    if (!ids.includes(id))
      reader.error('gate-unknown', [...path, index], `There is no gate "${id}".`, meantBy(id, ids));
  }
}

function reportRoles({ playbook, reader }: Binding, { override }: GatePolicy, path: Path): void {
  if (playbook.people === undefined || override === undefined) return;
  const people = Object.entries(playbook.people);
  const roles = [...new Set(people.flatMap(([, person]) => person.roles))];
  for (const key of ['role', 'review'] as const) {
    if (roles.includes(override[key])) continue;
    const message = `Nobody holds the role "${override[key]}".`;
    reader.error('policy-unsatisfiable', [...path, 'override', key], message, meantBy(override[key], roles));
  }
  const holders = (role: string) => people.filter(([, person]) => person.roles.includes(role)).map(([id]) => id);
  const [only, second] = holders(override.review);
  if (only !== undefined && second === undefined && holders(override.role).every((one) => one === only)) {
    reader.error(
      'policy-unsatisfiable',
      [...path, 'override'],
      `Only ${only} could override and only ${only} could review it.`,
    );
  }
}

function reportEscalation({ playbook, reader }: Binding, { deadline }: GatePolicy, path: Path): void {
  if (playbook.people === undefined || deadline?.to === undefined) return;
  const roles = [...new Set(Object.values(playbook.people).flatMap((person) => person.roles))];
  if (roles.includes(deadline.to)) return;
  const message = `Nobody holds the role "${deadline.to}".`;
  reader.error('policy-unsatisfiable', [...path, 'deadline', 'to'], message, meantBy(deadline.to, roles));
}

/** A policy as it is stated, with the calendars that it names. */
function withCalendars(binding: Binding, { window, workingTime, ...rest }: PlaybookPolicy, path: Path): GatePolicy {
  return {
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as GatePolicy),
    ...named(binding, path, 'window', window),
    ...named(binding, path, 'workingTime', workingTime),
  };
}

function named(
  { playbook: { calendars }, reader }: Binding,
  path: Path,
  key: 'window' | 'workingTime',
  name: string | undefined,
): Partial<GatePolicy> {
  if (name === undefined) return {};
  const calendar = own(calendars, name);
  if (calendar !== undefined) return { [key]: { name, ...calendar } };
  const message = `There is no calendar "${name}".`;
  reader.error('calendar-unknown', [...path, key], message, meantBy(name, Object.keys(calendars)));
  return {};
}
