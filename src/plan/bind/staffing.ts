import type { Criterion, CriterionId, Gate, GateId } from '../gate-model.ts';
import type { Milestone, People, Plan } from '../model.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Path } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';
import { isSatisfied, rulesOf, type Voter } from '../quorum.ts';
import { gatesOf } from '../walk.ts';
import { statedAt } from './policy.ts';

/** Beyond this many persons a pair of gates is taken to be satisfiable: every division of them is tried. */
const TRIED = 12;

/** Gates whose approvers must differ need enough people for both. Looks at each pair; more than two may still be too many. */
export function reportSeparation(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) {
    reportNobody(plan, playbook, reader);
    return;
  }
  reportSigners(plan, playbook, people, reader);
  const gates = gatesOf(plan);
  for (const gate of gates) {
    for (const other of gate.policy?.distinctFrom ?? []) {
      const earlier = gates.find(({ id }) => id === other);
      if (earlier === undefined || canDivide(votersOf(people), gate, earlier)) continue;
      const message = `${gate.id} asks for approvers other than those of ${other}, and the people listed are too few for both.`;
      reader.error('policy-unsatisfiable', statedAt(plan, playbook, gate, 'distinctFrom'), message, {
        suggestion: `Give more people the roles that approve there, or take ${other} out of the list.`,
      });
    }
  }
}

/** Signatures need somebody to be from. */
function reportNobody(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const signed = gatesOf(plan).find(({ policy }) => policy?.trust === 'signed');
  if (signed === undefined) return;
  reader.error(
    'policy-unsatisfiable',
    statedAt(plan, playbook, signed, 'trust'),
    `${signed.id} takes signed decisions alone, and nobody is listed in people.`,
  );
}

/** Who cannot sign cannot decide at a gate that takes signed decisions alone. */
function reportSigners(plan: Plan, playbook: Playbook, people: People, reader: PlaybookReader): void {
  const able = Object.entries(people).filter(
    ([, { keys = [], subject }]) => keys.length > 0 || (plan.oidc !== undefined && subject !== undefined),
  );
  const signers = votersOf(Object.fromEntries(able));
  const stuck = gatesOf(plan).filter(
    (gate) =>
      gate.policy?.trust === 'signed' &&
      !canClear(gate, signers) &&
      // Where they could not with keys either, that is told elsewhere.
      canClear(gate, votersOf(people)),
  );
  const places = new Map(stuck.map((gate) => [String(statedAt(plan, playbook, gate, 'trust')), gate]));
  for (const [place, gate] of places) {
    const path = statedAt(plan, playbook, gate, 'trust');
    const ids = stuck.filter((one) => String(statedAt(plan, playbook, one, 'trust')) === place).map(({ id }) => id);
    const message = `Those who could approve have no keys, and signed decisions alone count at ${ids.join(', ')}.`;
    reader.error('policy-unsatisfiable', path, message, {
      suggestion: 'Make some with "npm run keys -- new NAME".',
    });
  }
}

function votersOf(people: People): Voter[] {
  return Object.entries(people).map(([by, { roles }]) => ({ by, roles }));
}

/** Whether some of the voters satisfy one gate and the others the other. */
function canDivide(voters: readonly Voter[], one: Gate, other: Gate): boolean {
  const relevant = voters.filter(({ roles = [] }) => roles.length > 0);
  if (relevant.length > TRIED) return true;
  for (let chosen = 0; chosen < 2 ** relevant.length; chosen += 1) {
    const mine = relevant.filter((_, index) => (chosen & (1 << index)) !== 0);
    const theirs = relevant.filter((_, index) => (chosen & (1 << index)) === 0);
    if (canClear(one, mine) && canClear(other, theirs)) return true;
  }
  return false;
}

/** Whether these persons together can give every approval that a gate cannot do without. */
function canClear({ criteria }: Gate, voters: readonly Voter[]): boolean {
  const asked = criteria.filter(
    ({ approval, sameAs }) => sameAs === undefined && (approval === 'only' || approval === 'and'),
  );
  return asked.every((criterion) => isSatisfied(rulesOf(criterion), voters));
}

/**
 * A criterion that an earlier gate asks too, and of which the playbook says nothing at the later one, is met there as it is met
 * here: by the same people and checks. So in a later round, or after a deadline, nobody else may approve it.
 *
 * It counts as the same only where both gates ask it under the same terms: a gate that takes signed decisions alone, or decisions
 * of others, must not be met by what was said before without.
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

/** How a criterion is met, for another one that is met in the same way. */
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

/** Who may decide at a gate, and how. */
function terms(gate: Gate): string {
  const { trust = 'asserted', distinct = [], distinctFrom = [] } = gate.policy ?? {};
  const work = distinct.includes('completers') ? guardedMilestone(gate) : '';
  return JSON.stringify([trust, [...distinct].sort(), work, [...distinctFrom].sort()]);
}

/** Whose completers may not decide. */
function guardedMilestone({ kind, milestone = '' }: Gate): string {
  if (kind === 'entry') return 'none';
  return kind === 'completion' ? 'all' : milestone;
}

function gateOf(criterion: string): GateId {
  return criterion.slice(0, criterion.lastIndexOf('/'));
}

/** What is said of a gate at which somebody is missing once some people have done something else. */
interface Hazard {
  readonly tell: (path: Path, message: string, hints: { readonly suggestion: string }) => void;
  /** Of the policy, where the mend belongs. */
  readonly key: 'distinct' | 'deadline';
  /** Whether too few are left at the gate without those people; with all of them there are enough. */
  readonly isStuckWithout: (gate: Gate, names: readonly string[]) => boolean;
  /** Ends with when it is so. */
  readonly message: (gates: string) => string;
  readonly suggestion: string;
}

/**
 * Gates at which there are enough people to decide, but not without one who may well start the phase, or do the work that the gate
 * guards, and is then excluded by `distinct`.
 */
export function reportDuties(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) return;
  // Whoever may override is not excluded, and clears the gate whatever is missing.
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

/** Those that are stated at the same place, of the same people, are told together. */
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
      message: (gates) => `Too few are left to approve ${gates}`,
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
      message: (gates) => `Should a check fail for good, nobody is left to waive it at ${gates}`,
      suggestion: 'Give a role of the operators to one more person, or state an "override".',
    },
    {
      tell: (...told) => {
        reader.finding('escalation-at-risk', ...told);
      },
      key: 'deadline',
      isStuckWithout: ({ policy }, names) =>
        policy?.deadline?.to !== undefined && areAllOf(holders([policy.deadline.to]), names),
      message: (gates) => `The deadline escalates to nobody who may decide at ${gates}`,
      suggestion: 'Give the role to one more person, or escalate to another.',
    },
  ];
}

/** When a gate could not clear any more: each is the end of a sentence. */
function reasons(plan: Plan, gate: Gate, isStuckWithout: (names: readonly string[]) => boolean): string[] {
  const { distinct = [] } = gate.policy ?? {};
  const everybody = Object.keys(plan.people ?? {});
  const starters = distinct.includes('starter') ? everybody.filter((one) => isStuckWithout([one])) : [];
  const ofStart = starters.length === 0 ? [] : [`if ${either(starters)} starts the phase`];
  return distinct.includes('completers') ? [...ofStart, ...ofCompletion(plan, gate, isStuckWithout)] : ofStart;
}

function ofCompletion(plan: Plan, gate: Gate, isStuckWithout: (names: readonly string[]) => boolean): string[] {
  const doers = guardingAgents(plan, gate).map((agent) => holdersOf(plan, agent));
  // Nobody else can complete the tasks of an agent whom one person holds alone.
  const certain = [...new Set(doers.filter(({ length }) => length === 1).flat())];
  if (isStuckWithout(certain))
    return [
      `once ${certain.join(' and ')} ${certain.length === 1 ? 'has' : 'have'} done the work that only they can do`,
    ];
  const possible = [...new Set(doers.flat())].filter((one) => isStuckWithout([one]));
  return possible.length === 0 ? [] : [`if ${either(possible)} completes a task that it guards`];
}

/** Agents whose tasks people complete, of the work that a gate is about. */
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
