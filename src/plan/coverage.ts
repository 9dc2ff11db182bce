import { gatesOf } from './walk.ts';
import type { Kinds } from './kinds.ts';
import type { Criterion } from './gate-model.ts';
import type { Lane, Plan, Step } from './model.ts';
import { isRecord } from '../base/json.ts';

/** Numbers of bullets or criteria, by the manner in which they are met. */
export interface Shares {
  readonly total: number;
  readonly automated: number;
  readonly byAgents: number;
  readonly byPeople: number;
}

export interface Coverage {
  readonly bullets: Shares;
  readonly criteria: Shares;
  /** Lines of the communication plan, and how many of them are carried out. */
  readonly communication: { readonly total: number; readonly bound: number };
}

type Manner = 'automated' | 'byAgents' | 'byPeople';

/**
 * Counts what is automated, what agents do, and what people do. A bullet is done as the steps that cover it are carried out; where no step
 * says that it does, all steps of the task count. A criterion is automated when its checks can meet it without a person; for a criterion that is the same as
 * one of an earlier gate, the checks of the earlier one count. Everything else is done by people.
 */
export function coverage(plan: Plan, kinds: Kinds): Coverage {
  const lanes = plan.milestones.flatMap((milestone) => milestone.lanes);
  const criteria = gatesOf(plan).flatMap((gate) => gate.criteria);
  const asked = new Map(criteria.map((criterion) => [criterion.id, criterion]));
  return {
    bullets: shares(lanes.flatMap((lane) => lane.bullets.map(({ number }) => bulletManner(lane, number, kinds)))),
    criteria: shares(criteria.map((criterion) => criterionManner(asked.get(criterion.sameAs ?? '') ?? criterion))),
    communication: communicationLines(plan),
  };
}

function communicationLines({ communication, reporting }: Plan): Coverage['communication'] {
  const { standups, reviews, documents = [] } = reporting ?? {};
  const parts = [...(standups?.parts ?? []), ...(reviews?.parts ?? []), ...documents];
  const bound = new Set(parts.flatMap(({ line }) => line ?? []));
  return { total: communication.reduce((sum, { items }) => sum + items.length, 0), bound: bound.size };
}

/** A bullet that is done only in part, because the stacks that cover it are deployed without certain parameters. */
export interface PartlyCovered {
  readonly task: string;
  readonly bullet: string;
  /** `ShieldAdvanced=true` */
  readonly without: string;
  readonly environments: readonly string[];
}

/** Finds bullets that count as covered but are done only in part: `covers: [{bullet, with}]` names the parameters that are missing. */
export function partlyCovered({ milestones }: Plan): PartlyCovered[] {
  return milestones
    .flatMap(({ lanes }) => lanes)
    .flatMap(({ bullets, tasks }) =>
      tasks.flatMap(({ ref, steps, coversWith = [] }) =>
        coversWith.flatMap(({ bullet, parameters }) => {
          const wanted = Object.entries(parameters);
          const everywhere = [...new Set(steps.flatMap(({ environment }) => environment ?? []))];
          const environments = everywhere.filter((one) => !wanted.every((each) => isGiven(steps, one, each)));
          const without = wanted.map(([name, value]) => `${name}=${value}`).join(', ');
          const text = bullets.find(({ number }) => number === bullet)?.text ?? '';
          return environments.length === 0 ? [] : [{ task: ref, bullet: text, without, environments }];
        }),
      ),
    );
}

/** True when a stack of the environment is deployed with the parameter. */
function isGiven(steps: readonly Step[], wanted: string, [name, value]: readonly [string, string]): boolean {
  return steps.some(({ environment, input }) => {
    const parameters = input['parameters'];
    return environment === wanted && isRecord(parameters) && parameters[name] === value;
  });
}

function bulletManner(lane: Lane, number: number, kinds: Kinds): Manner {
  const used = lane.tasks
    .filter((task) => task.covers.includes(number))
    .flatMap(({ steps }) => {
      const covering = steps.filter(({ covers = [] }) => covers.includes(number));
      return covering.length > 0 ? covering : steps;
    });
  const manners = used.map((step) => kinds.steps.find(({ kind }) => kind === step.kind)?.coverage);
  if (manners.includes('people')) return 'byPeople';
  if (manners.includes('agent')) return 'byAgents';
  return manners.includes('automated') ? 'automated' : 'byPeople';
}

function criterionManner({ approval, checks }: Criterion): Manner {
  return checks.length > 0 && (approval === 'no' || approval === 'or') ? 'automated' : 'byPeople';
}

function shares(manners: readonly Manner[]): Shares {
  const count = (manner: Manner): number => manners.filter((one) => one === manner).length;
  return {
    total: manners.length,
    automated: count('automated'),
    byAgents: count('byAgents'),
    byPeople: count('byPeople'),
  };
}
