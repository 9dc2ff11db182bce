import { statedAt } from './bind-stated.ts';
import { gatesOf } from './gate-order.ts';
import type { Gate } from './gate-model.ts';
import type { Plan } from './model.ts';
import type { Path, PlaybookReader } from './playbook-reader.ts';
import type { Playbook } from './playbook.ts';
import { canClear, votersOf } from './separation.ts';

/** A gate that cannot clear once some people have done something else. */
interface Risk {
  readonly path: Path;
  readonly gate: string;
  readonly when: string;
}

/**
 * Gates that enough people can approve, but not without one who may well start the phase, or do the work that the gate guards, and
 * is then excluded by `distinct`.
 */
export function reportDuties(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) return;
  const voters = votersOf(people);
  const risks = gatesOf(plan)
    .filter((gate) => canClear(gate, voters))
    .flatMap((gate): Risk[] => {
      const isStuckWithout = (names: readonly string[]) =>
        names.length > 0 &&
        !canClear(
          gate,
          voters.filter(({ by }) => !names.includes(by)),
        );
      const path = statedAt(plan, playbook, gate, 'distinct');
      return reasons(plan, gate, isStuckWithout).map((when) => ({ path, gate: gate.id, when }));
    });
  for (const when of new Set(risks.map((risk) => `${String(risk.path)} ${risk.when}`))) {
    const same = risks.filter((risk) => `${String(risk.path)} ${risk.when}` === when);
    const [first] = same;
    if (first === undefined) continue;
    const gates = same.map(({ gate }) => gate).join(', ');
    reader.finding('quorum-at-risk', first.path, `Too few are left to approve ${gates} ${first.when}.`, {
      suggestion: 'Give the role to one more person, or state an "override".',
    });
  }
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
  const doers = guardedWork(plan, gate).map((agent) => holdersOf(plan, agent));
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
function guardedWork({ milestones }: Plan, { kind, milestone }: Gate): string[] {
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
