import type { Binding } from './bind-context.ts';
import { bindSteps, type StepEntry } from './bind-steps.ts';
import { match, meantBy } from './match.ts';
import type { Lane, Task, TaskInput } from './model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookTask } from './playbook.ts';

/** A task with what the playbook says of it, and what was said of its needs, which other tasks must be known for. */
export interface BoundTask {
  readonly task: Task;
  readonly path: Path;
  /** References of tasks as the playbook states them: `b1`, `4.1/c1`. */
  readonly statedNeeds: readonly string[];
  /** Bullets, and where the playbook names them. */
  readonly covers: readonly Covered[];
  /** Some of its steps could not be read: what they would publish is unknown. */
  readonly incomplete: boolean;
}

export interface Covered {
  readonly bullet: number;
  readonly path: Path;
  /** Parameters with which it is covered as a whole. */
  readonly parameters?: { readonly [name: string]: string };
}

/** Binds one task; without an entry it stays as it is, and a person completes it. */
export function bindTask(
  binding: Binding,
  lane: Lane,
  task: Task,
  path: Path,
  entry: PlaybookTask | undefined,
): BoundTask {
  if (entry === undefined) return { task, path, statedNeeds: [], covers: [], incomplete: false };
  const entries = stepEntries(binding, task, path, entry);
  const { steps, incomplete } = bindSteps(binding, task, entries);
  const covers = [
    ...coveredBullets(binding, lane, entry.covers, path),
    ...entries
      .filter((one) => one.path !== path)
      .flatMap((one) => coveredBullets(binding, lane, one.entry.covers, one.path)),
  ];
  const numbers = new Set(covers.map(({ bullet }) => bullet));
  const inputs = inputsOf(binding, task, path, entry);
  const coversWith = covers.flatMap(({ bullet, parameters }) =>
    parameters === undefined ? [] : [{ bullet, parameters }],
  );
  return {
    task: {
      ...task,
      steps,
      inputs,
      covers: [...numbers].sort((a, b) => a - b),
      ...(coversWith.length === 0 ? {} : { coversWith }),
    },
    path,
    statedNeeds: entry.needs ?? [],
    covers,
    incomplete,
  };
}

/** Either the entry is a step itself, or it has a list of them. */
function stepEntries({ reader }: Binding, { ref }: Task, path: Path, entry: PlaybookTask): StepEntry[] {
  const { covers, needs: _needs, inputs: _inputs, gate: _gate, environments, steps, ...keys } = entry;
  const inherited = environments === undefined ? undefined : { names: environments, path: [...path, 'environments'] };
  const isStep = Object.keys(keys).length > 0;
  if (isStep && steps !== undefined) {
    reader.error('step-twice', [...path, 'steps'], `${ref} has "steps" and a step beside them.`, {
      suggestion: 'Put all of them into "steps".',
    });
  }
  const listed = (steps ?? []).map((step, index): StepEntry => {
    const at = [...path, 'steps', index];
    const own = step.environments && { names: step.environments, path: [...at, 'environments'] };
    return { entry: step, path: at, environments: own ?? inherited, isListed: true };
  });
  const single: StepEntry = { entry: { ...keys, covers }, path, environments: inherited, isListed: false };
  return isStep ? [single, ...listed] : listed;
}

function coveredBullets(
  { reader }: Binding,
  lane: Lane,
  covers: NonNullable<PlaybookTask['covers']> = [],
  path: Path,
): Covered[] {
  return covers.flatMap((one, index): Covered[] => {
    const at = [...path, 'covers', index];
    const wanted = typeof one === 'string' ? one : one.bullet;
    const matched = match(lane.bullets, wanted, `activities of lane "${lane.title}"`);
    if ('found' in matched) {
      const covered = { bullet: matched.found.number, path: at };
      if (typeof one === 'string') return [covered];
      const parameters = Object.entries(one.with).map(([name, value]) => [name, String(value)] as const);
      return [{ ...covered, parameters: Object.fromEntries(parameters) }];
    }
    reader.error('bullet-unknown', at, matched.message, matched.hints);
    return [];
  });
}

function inputsOf({ reader }: Binding, task: Task, path: Path, { inputs = [] }: PlaybookTask): TaskInput[] {
  return inputs.flatMap(({ from, what }, index) => {
    if (task.contributors.includes(from)) return [{ agent: from, ...(what === undefined ? {} : { what }) }];
    const message = `"${from}" does not contribute to ${task.ref}.`;
    const hints =
      task.contributors.length > 0
        ? meantBy(from, task.contributors)
        : { expected: 'an agent after "with input from", of which this lane has none' };
    reader.error('contributor-unknown', [...path, 'inputs', index, 'from'], message, hints);
    return [];
  });
}
