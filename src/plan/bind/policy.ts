import { own } from '../../base/json.ts';
import { match, meantBy } from '../../base/match.ts';
import type { Gate, GatePolicy } from '../gate-model.ts';
import type { Plan } from '../model.ts';
import type { PlaybookGate, PlaybookPolicy } from '../playbook/gates-schema.ts';
import type { Path } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';
import { gatesBefore, gatesOf } from '../walk.ts';
import type { Binding } from './context.ts';

/** The policy of a gate: the rules for all gates, overridden key by key by the rules for this gate. */
export function bindPolicy(
  binding: Binding,
  gate: Gate,
  path: Path,
  stated: StatedPolicy = {},
): { policy?: GatePolicy } {
  const common = withCalendars(binding, binding.playbook.policy, ['policy']);
  const all = { ...common, ...withCalendars(binding, stated, path) };
  const { override: _notHere, ...last } = all;
  // No gate after the completion gate could review an override, so an override for all gates does not apply to it.
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

/** Removes the gate itself from `distinctFrom`: a list for all gates may name it. */
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
    const message = `No person holds the role "${override[key]}".`;
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
  const message = `No person holds the role "${deadline.to}".`;
  reader.error('policy-unsatisfiable', [...path, 'deadline', 'to'], message, meantBy(deadline.to, roles));
}

/** The policy of any gate: those of amendments may exclude others. */
type StatedPolicy = Omit<PlaybookPolicy, 'distinct'> & { readonly distinct?: GatePolicy['distinct'] };

/** A policy as stated, with its calendars in place of their names. */
function withCalendars(binding: Binding, { window, workingTime, ...rest }: StatedPolicy, path: Path): GatePolicy {
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

/** Reports rules of a policy that contradict each other or can never take effect. */
function reportDeadRules(binding: Binding, policy: GatePolicy, path: Path): void {
  reportTooLate(binding, policy, path);
  reportLateReminders(binding, policy, path);
  reportUnsignable(binding, policy, path);
}

/**
 * Reports gates in `distinctFrom` that have no approvers yet when this gate opens: the gate itself, and later gates.
 *
 * @param path path to the list in the gate's own policy
 */
function reportLaterGates({ plan, reader }: Binding, gate: Gate, named: readonly string[], path: Path): void {
  for (const [index, id] of named.entries()) {
    if (id === gate.id) {
      reader.error(
        'policy-unsatisfiable',
        [...path, index],
        `${id} is this gate itself: its approvers cannot differ from themselves.`,
        {
          suggestion: 'Name an earlier gate, or leave it out. A person counts once for a criterion in any case.',
        },
      );
    }
    const later = gatesOf(plan).find((one) => one.id === id);
    if (later === undefined || !gatesBefore(plan, later).includes(gate.id)) continue;
    const message = `${id} opens only after ${gate.id}, so it has no approvers yet.`;
    reader.error('policy-unsatisfiable', [...path, index], message, {
      suggestion: `State "distinctFrom: [${gate.id}]" in the policy of ${id} instead.`,
    });
  }
}

/** Reports a deadline that rejects the gate before it can clear. */
function reportTooLate({ reader }: Binding, policy: GatePolicy, path: Path): void {
  const { wait = 0, soak = 0, deadline, workingTime } = policy;
  if (deadline?.then !== 'reject') return;
  // `soak` counts all time, so it cannot be compared with a deadline in working time.
  const least = workingTime === undefined ? Math.max(wait, soak) : wait;
  if (least >= deadline.after) {
    const rule = least === wait ? 'wait' : 'soak';
    const message = `No gate with this policy could clear: "${rule}" is not over when the deadline rejects it.`;
    reader.error('policy-unsatisfiable', [...path, 'deadline'], message, {
      suggestion: `Set "after" to more than "${rule}".`,
    });
  }
}

/**
 * Reports reminders that come after the gate was rejected, and reminders at the same moment as a notice of the deadline. After an
 * escalation or an extension the gate stays open, so later reminders make sense.
 */
function reportLateReminders({ reader }: Binding, { remind = [], deadline }: GatePolicy, path: Path): void {
  if (deadline === undefined) return;
  const { after, then, by = 0 } = deadline;
  const at = [...path, 'remind'];
  if (then === 'reject') {
    if (!remind.some((one) => one >= after)) return;
    reader.finding('reminder-late', at, 'The deadline rejects the gate before its last reminder is due.');
    return;
  }
  const told = then === 'extend' ? [after, after + by] : [after];
  if (!remind.some((one) => told.includes(one))) return;
  reader.finding('reminder-late', at, 'A reminder is due at the deadline, which sends a notice of its own.', {
    suggestion: 'Remind some time before the deadline, or after it.',
  });
}

/** Reports `early: keep` for signed decisions: a signature contains the nonce of an open round. */
function reportUnsignable({ reader }: Binding, { early, trust }: GatePolicy, path: Path): void {
  if (early !== 'keep' || trust !== 'signed') return;
  const message =
    'Early approvals cannot be kept where only signed decisions count: a decision cannot be signed before the round is open.';
  reader.error('policy-unsatisfiable', path, message, {
    suggestion: 'State "early: refuse" in the policy of the gate.',
  });
}

/** The path at which the playbook states a rule of a gate's policy: at the gate, or in the policy for all gates. */
export function statedAt(plan: Plan, playbook: Playbook, gate: Gate, key: keyof GatePolicy): Path {
  const { entry, path } = entryOf(plan, playbook, gate);
  return entry?.policy?.[key] === undefined ? ['policy', key] : [...path, 'policy', key];
}

/** The playbook's entry for a gate, and its path. */
function entryOf(plan: Plan, playbook: Playbook, gate: Gate): { entry: PlaybookGate | undefined; path: Path } {
  const { kind, milestone, guards } = gate;
  if (milestone === undefined) {
    const key = kind === 'entry' ? 'entry' : 'completion';
    return { entry: playbook.gates[key], path: ['gates', key] };
  }
  const entries = own(playbook.milestones, milestone);
  const path = ['milestones', milestone];
  if (guards === undefined) {
    const key = kind === 'completion' ? 'exit' : kind;
    return { entry: entries?.[key], path: [...path, key] };
  }
  if (guards.what === 'changes') return { entry: undefined, path };
  if (guards.what === 'task') {
    const key = guards.of.slice(milestone.length + 1);
    return { entry: own(entries?.tasks, key)?.gate, path: [...path, 'tasks', key, 'gate'] };
  }
  const key = laneKey(plan, gate, Object.keys(entries?.lanes ?? {}));
  return { entry: own(entries?.lanes, key)?.gate, path: [...path, 'lanes', key, 'gate'] };
}

/** The key that names the gate's lane in the playbook: a number, or a beginning of the lane's title. */
function laneKey({ milestones }: Plan, { milestone, guards }: Gate, keys: readonly string[]): string {
  const lanes = milestones.find(({ number }) => number === milestone)?.lanes ?? [];
  const numbered = lanes.map(({ id, title }, index) => ({ number: index + 1, text: title, id }));
  const isMeant = (key: string): boolean => {
    const matched = match(numbered, key, 'lanes');
    return 'found' in matched && matched.found.id === guards?.of;
  };
  return keys.find(isMeant) ?? '';
}
