import { z } from 'zod';
import { sortGraph } from '../../src/base/graph.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { Plan, Step } from '../../src/plan/model.ts';
import { referencesIn } from '../../src/plan/references.ts';
import { UserError } from '../command-line.ts';

/** A stack in one place, as the plan deploys it. */
export interface PlannedPlace {
  /** Name of the stack in the playbook. */
  readonly stack: string;
  readonly stackName: string;
  readonly region: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string | undefined;
  readonly role?: string | undefined;
  readonly protected: boolean;
  /** True when it is deployed outside of the plan. */
  readonly isExisting: boolean;
  /** Input of its step. */
  readonly input: JsonObject;
  /** Names on AWS of the stacks that are deployed before it. */
  readonly before: ReadonlySet<string>;
}

/** Every stack of the plan once, after the stacks that it imports from, refers to or follows in its task. */
export function plannedPlaces(plan: Plan): PlannedPlace[] {
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const needs = new Map<string, string[]>();
  for (const { ref, steps, needs: tasksBefore = [] } of tasks) {
    const before = tasksBefore.map(({ task }) => taskNode(task));
    needs.set(taskNode(ref), [...before, ...steps.map(({ id }) => id)]);
    for (const step of steps) needs.set(step.id, [...step.needs, ...before]);
  }
  const steps = tasks.flatMap((task) => task.steps).filter(({ kind }) => kind === 'stacks');
  const nameOf = new Map(steps.map(({ id, input }) => [id, stepInput.parse(input).stackName]));
  const places = new Map<string, PlannedPlace>();
  for (const step of steps) {
    const before = [...reachable(step.id, needs)].flatMap((id) => nameOf.get(id) ?? []);
    const place = placeOf(step, new Set(before));
    // A stack that a later task deploys again has its place already.
    if (!places.has(place.stackName)) places.set(place.stackName, place);
  }
  const { order, cycles } = sortGraph([...places.keys()], (name) =>
    [...(places.get(name)?.before ?? [])].filter((one) => one !== name),
  );
  if (cycles[0] !== undefined) throw new UserError(`Stacks depend on each other in a cycle: ${cycles[0].join(' → ')}.`);
  return order.flatMap((name) => places.get(name) ?? []);
}

/** The places in the chosen environments; all of them, those that an account has once included, where none was chosen. */
export function inEnvironments(
  places: readonly PlannedPlace[],
  chosen: readonly string[] | undefined,
): readonly PlannedPlace[] {
  if (chosen === undefined) return places;
  const known = [...new Set(places.flatMap(({ environment }) => environment ?? []))];
  const unknown = chosen.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(`No stack is deployed to an environment "${unknown}"; there are ${known.join(', ')}.`);
  }
  return places.filter(({ environment }) => environment !== undefined && chosen.includes(environment));
}

function taskNode(ref: string): string {
  return `task ${ref}`;
}

function reachable(from: string, needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...(needs.get(from) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return found;
}

const stepInput = z.object({
  stack: z.string(),
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
  protected: z.boolean(),
  existing: z.boolean().default(false),
});

function placeOf({ input: given, environment }: Step, before: ReadonlySet<string>): PlannedPlace {
  const { role, ...others } = given;
  // A role that the phase makes may not be there. The credentials of the terminal act in its place.
  const input = role === undefined || referencesIn(role).length > 0 ? others : given;
  const { existing, ...place } = stepInput.parse(input);
  return { ...place, environment, isExisting: existing, input, before };
}
