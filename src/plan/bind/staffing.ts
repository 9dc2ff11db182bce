import type { Criterion, CriterionId, Gate, GateId } from '../gate-model.ts';
import type { Milestone, People, Plan } from '../model.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Path } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';
import { isSatisfied, rulesOf, type Voter } from '../quorum.ts';
import { gatesOf } from '../walk.ts';
import { statedAt } from './policy.ts';

/** Every division of the people into two groups is tried, up to this number of people. With more, there are taken to be enough. */
const MOST_DIVIDED = 12;

/**
 * Reports pairs of gates whose approvers must differ when there are too few people for both. Three or more such gates may still be too
 * many together. Reports also gates for signed decisions that the people cannot sign.
 */
export function reportSeparation(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) {
    reportNoPeople(plan, playbook, reader);
    return;
  }
  reportSigners(plan, playbook, people, reader);
  const gates = gatesOf(plan);
  for (const gate of gates) {
    for (const other of gate.policy?.distinctFrom ?? []) {
      const earlier = gates.find(({ id }) => id === other);
      if (earlier === undefined || canDivide(votersOf(people), gate, earlier)) continue;
      const message = `${gate.id} needs other approvers than ${other}, and the people listed are too few for both.`;
      reader.error('policy-unsatisfiable', statedAt(plan, playbook, gate, 'distinctFrom'), message, {
        suggestion: `Give more people the roles that approve there, or take ${other} out of the list.`,
      });
    }
  }
}

/** Reports a gate for signed decisions in a playbook without people, who would have the keys. */
function reportNoPeople(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const signed = gatesOf(plan).find(({ policy }) => policy?.trust === 'signed');
  if (signed === undefined) return;
  reader.error(
    'policy-unsatisfiable',
    statedAt(plan, playbook, signed, 'trust'),
    `${signed.id} accepts only signed decisions, and the playbook lists no people.`,
  );
}

/** Reports gates for signed decisions at which the people who can sign are too few. */
function reportSigners(plan: Plan, playbook: Playbook, people: People, reader: PlaybookReader): void {
  const able = Object.entries(people).filter(
    ([, { keys = [], subject }]) => keys.length > 0 || (plan.oidc !== undefined && subject !== undefined),
  );
  const signers = votersOf(Object.fromEntries(able));
  const stuck = gatesOf(plan).filter(
    (gate) =>
      gate.policy?.trust === 'signed' &&
      !canClear(gate, signers) &&
      // If all people together are too few, that is reported elsewhere.
      canClear(gate, votersOf(people)),
  );
  const places = new Map(stuck.map((gate) => [String(statedAt(plan, playbook, gate, 'trust')), gate]));
  for (const [place, gate] of places) {
    const path = statedAt(plan, playbook, gate, 'trust');
    const ids = stuck.filter((one) => String(statedAt(plan, playbook, one, 'trust')) === place).map(({ id }) => id);
    const message = `The people who could approve have no keys, and only signed decisions count at ${ids.join(', ')}.`;
    reader.error('policy-unsatisfiable', path, message, {
      suggestion: 'Make keys with "npm run keys -- new NAME".',
    });
  }
}

function votersOf(people: People): Voter[] {
  return Object.entries(people).map(([by, { roles }]) => ({ by, roles }));
}

/** True when the voters can be divided so that one group can clear one gate and the rest the other. */
function canDivide(voters: readonly Voter[], one: Gate, other: Gate): boolean {
  const relevant = voters.filter(({ roles = [] }) => roles.length > 0);
  if (relevant.length > MOST_DIVIDED) return true;
  for (let chosen = 0; chosen < 2 ** relevant.length; chosen += 1) {
    const mine = relevant.filter((_, index) => (chosen & (1 << index)) !== 0);
    const theirs = relevant.filter((_, index) => (chosen & (1 << index)) === 0);
    if (canClear(one, mine) && canClear(other, theirs)) return true;
  }
  return false;
}

/** True when these people together can give every approval that the gate requires. */
function canClear({ criteria }: Gate, voters: readonly Voter[]): boolean {
  const asked = criteria.filter(
    ({ approval, sameAs }) => sameAs === undefined && (approval === 'only' || approval === 'and'),
  );
  return asked.every((criterion) => isSatisfied(rulesOf(criterion), voters));
}

/**
 * Completes criteria that are the same as one of an earlier gate and have no entry of their own in the playbook: they get the checks and
 * approvers of the earlier one. In a later round, or after a deadline, the same people approve them.
 *
 * `sameAs` stays only if both gates accept decisions under the same terms. A gate that requires signatures, or other people, must not
 * accept what was decided at a gate without these rules.
 */
export function askedAgain(plan: Plan): Plan {
  const gates = gatesOf(plan);
  const policies = new Map(gates.map((gate) => [gate.id, terms(gate)]));
  const criteria = new Map(gates.flatMap((gate) => gate.criteria.map((one) => [one.id, one])));
  const again = (gate: Gate): Gate => ({
    ...gate,
    criteria: gate.criteria.map((criterion) => {
      const { sameAs, ...own } = criterion;
      const source = sameAs === undefined ? undefined : criteria.get(sameAs);
      if (sameAs === undefined || source === undefined) return criterion;
      const asked = { ...own, ...meansOf(source, criterion.id) };
      return policies.get(gateOf(sameAs)) === terms(gate) ? { ...asked, sameAs } : asked;
    }),
  });
  const milestones = plan.milestones.map((milestone): Milestone => {
    const { entry, exit, quality, ...guards } = milestone.gates;
    return { ...milestone, gates: { entry: again(entry), ...guards, exit: again(exit), quality: again(quality) } };
  });
  return { ...plan, milestones, gates: { entry: plan.gates.entry, completion: again(plan.gates.completion) } };
}

/** Checks and approvers of a criterion, for another criterion that is met in the same way. */
function meansOf(source: Criterion, id: CriterionId) {
  const { approval, approvers, ordered, evidence, onWarning } = source;
  return {
    checks: source.checks.map((check) => ({ ...check, id: `${id}${check.id.slice(source.id.length)}` })),
    approval,
    ...(approvers === undefined ? {} : { approvers }),
    ...(ordered === undefined ? {} : { ordered }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(onWarning === undefined ? {} : { onWarning }),
  };
}

/** The rules about people and signatures at a gate, as a text to compare. */
function terms(gate: Gate): string {
  const { trust = 'asserted', distinct = [], distinctFrom = [] } = gate.policy ?? {};
  const work = distinct.includes('completers') ? guardedMilestone(gate) : '';
  return JSON.stringify([trust, [...distinct].sort(), work, [...distinctFrom].sort()]);
}

/** The milestones whose completers may not decide at the gate, as a text to compare. */
function guardedMilestone({ kind, milestone = '' }: Gate): string {
  if (kind === 'entry') return 'none';
  return kind === 'completion' ? 'all' : milestone;
}

function gateOf(criterion: string): GateId {
  return criterion.slice(0, criterion.lastIndexOf('/'));
}

/** A way in which `distinct` can leave a gate without the people that it needs. */
interface Hazard {
  readonly tell: (path: Path, message: string, hints: { readonly suggestion: string }) => void;
  /** The policy key at which the problem is reported. */
  readonly key: 'distinct' | 'deadline';
  /** True when the gate has too few people without the named ones. */
  readonly isStuckWithout: (gate: Gate, names: readonly string[]) => boolean;
  /** First part of the message; a text from `reasons` follows. */
  readonly message: (gates: string) => string;
  readonly suggestion: string;
}

/**
 * Reports gates that have enough people now, but not if `distinct` excludes a person who starts the phase or does the work that the gate
 * guards.
 */
export function reportDuties(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) return;
  // With an override, the gate can be cleared in any case: `distinct` does not exclude the person who overrides.
  const gates = gatesOf(plan).filter(({ policy }) => policy?.override === undefined);
  for (const { tell, key, isStuckWithout, message, suggestion } of hazards(plan, people, reader)) {
    const risks = gates
      .filter((gate) => !isStuckWithout(gate, []))
      .flatMap((gate) => {
        const path = statedAt(plan, playbook, gate, key);
        const isStuck = (names: readonly string[]) => names.length > 0 && isStuckWithout(gate, names);
        return reasons(plan, gate, isStuck).map((when) => ({ path, gate: gate.id, when }));
      });
    for (const same of alike(risks)) {
      const [first] = same;
      if (first === undefined) continue;
      const ids = same.map(({ gate }) => gate).join(', ');
      tell(first.path, `${message(ids)} ${first.when}.`, { suggestion });
    }
  }
}

/** Groups risks with the same place and the same reason, which are reported together. */
function alike<T extends { readonly path: Path; readonly when: string }>(risks: readonly T[]): T[][] {
  const keyOf = ({ path, when }: T) => `${String(path)} ${when}`;
  return [...new Set(risks.map(keyOf))].map((key) => risks.filter((risk) => keyOf(risk) === key));
}

function hazards({ operators }: Plan, people: People, reader: PlaybookReader): Hazard[] {
  const voters = votersOf(people);
  const holders = (roles: readonly string[]) =>
    voters.filter((voter) => voter.roles?.some((role) => roles.includes(role)) === true).map(({ by }) => by);
  const operating = operators === undefined ? Object.keys(people) : holders(operators);
  const areAllOf = (some: readonly string[], names: readonly string[]) => some.every((one) => names.includes(one));
  return [
    {
      tell: (...told) => {
        reader.finding('quorum-at-risk', ...told);
      },
      key: 'distinct',
      isStuckWithout: (gate, names) =>
        !canClear(
          gate,
          voters.filter(({ by }) => !names.includes(by)),
        ),
      message: (gates) => `Too few people are left to approve ${gates}`,
      suggestion: 'Give the role to one more person, or state an "override".',
    },
    {
      tell: (...told) => {
        reader.finding('waiver-at-risk', ...told);
      },
      key: 'distinct',
      isStuckWithout: ({ criteria }, names) =>
        criteria.some(({ approval, sameAs }) => approval === 'no' && sameAs === undefined) &&
        areAllOf(operating, names),
      message: (gates) => `No person is left who may waive a failing check at ${gates}`,
      suggestion: 'Give a role of the operators to one more person, or state an "override".',
    },
    {
      tell: (...told) => {
        reader.finding('escalation-at-risk', ...told);
      },
      key: 'deadline',
      isStuckWithout: ({ policy }, names) =>
        policy?.deadline?.to !== undefined && areAllOf(holders([policy.deadline.to]), names),
      message: (gates) => `The deadline escalates to a role without a person who may decide at ${gates}`,
      suggestion: 'Give the role to one more person, or escalate to another role.',
    },
  ];
}

/** The conditions under which a gate could not clear any more; each is the end of a sentence. */
function reasons(plan: Plan, gate: Gate, isStuckWithout: (names: readonly string[]) => boolean): string[] {
  const { distinct = [] } = gate.policy ?? {};
  const everyone = Object.keys(plan.people ?? {});
  const starters = distinct.includes('starter') ? everyone.filter((one) => isStuckWithout([one])) : [];
  const ofStart = starters.length === 0 ? [] : [`if ${either(starters)} starts the phase`];
  return distinct.includes('completers') ? [...ofStart, ...ofCompletion(plan, gate, isStuckWithout)] : ofStart;
}

function ofCompletion(plan: Plan, gate: Gate, isStuckWithout: (names: readonly string[]) => boolean): string[] {
  const doers = guardingAgents(plan, gate).map((agent) => holdersOf(plan, agent));
  // If one person alone holds an agent, that person completes its tasks.
  const certain = [...new Set(doers.filter(({ length }) => length === 1).flat())];
  if (isStuckWithout(certain))
    return [
      `once ${certain.join(' and ')} ${certain.length === 1 ? 'has' : 'have'} done the work that only they can do`,
    ];
  const possible = [...new Set(doers.flat())].filter((one) => isStuckWithout([one]));
  return possible.length === 0 ? [] : [`if ${either(possible)} completes a task that it guards`];
}

/** Agents whose tasks people complete, among the work that the gate guards. */
function guardingAgents({ milestones }: Plan, { kind, milestone }: Gate): string[] {
  if (kind === 'entry') return [];
  const guarded = milestones.filter(({ number }) => kind === 'completion' || number === milestone);
  const tasks = guarded.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  return [...new Set(tasks.filter(({ steps }) => steps.length === 0).map(({ agent }) => agent))];
}

function holdersOf({ people = {} }: Plan, agent: string): string[] {
  return Object.keys(people).filter((id) => people[id]?.agents.includes(agent) === true);
}

function either(names: readonly string[]): string {
  return names.join(' or ');
}
