import { statedAt } from './bind-stated.ts';
import { gatesOf } from './gate-order.ts';
import type { Gate } from './gate-model.ts';
import type { People, Plan } from './model.ts';
import type { Path, PlaybookReader } from './playbook-reader.ts';
import type { Playbook } from './playbook.ts';
import { canClear, votersOf } from './separation.ts';

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
