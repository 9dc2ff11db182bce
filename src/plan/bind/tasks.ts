import { own } from '../../base/json.ts';
import { match, meantBy } from '../../base/match.ts';
import type { StepDraft, StepKind } from '../kinds.ts';
import type { Lane, Step, Task, TaskInput } from '../model.ts';
import type { Path } from '../section.ts';
import { type PlaybookStep, type PlaybookTask, stepKeys, taskKeys } from '../playbook/schema.ts';
import { type Binding, type ChosenEnvironments, contextFor } from './context.ts';
import { bindRounds, ofPerson, reportSkipIdle } from './task-manner.ts';

/** A task bound to its entry in the playbook. Its stated needs are resolved later, when all tasks are known. */
export interface BoundTask {
  readonly task: Task;
  readonly path: Path;
  /** The `needs` of the entry, as written: `b1`, `4.1/c1`. */
  readonly statedNeeds: readonly string[];
  /** The bullets that it covers, with their places in the playbook. */
  readonly covers: readonly Covered[];
  /** True when some of its steps could not be read, so that their outputs are unknown. */
  readonly incomplete: boolean;
}

export interface Covered {
  readonly bullet: number;
  readonly path: Path;
  /** Parameters that the stacks need for the bullet to be covered in full. */
  readonly parameters?: { readonly [name: string]: string };
}

/** Binds one task. A task without an entry stays as it is, and a person completes it. */
export function bindTask(
  binding: Binding,
  lane: Lane,
  task: Task,
  path: Path,
  entry: PlaybookTask | undefined,
): BoundTask {
  if (entry === undefined) return { task, path, statedNeeds: [], covers: [], incomplete: false };
  const entries = stepEntries(binding, task, path, entry);
  const { steps, incomplete } = bindSteps(binding, lane, task, entries);
  const covers = [
    ...coveredBullets(binding, lane, entry.covers, path),
    ...entries
      .filter((one) => one.path !== path)
      .flatMap((one) => coveredBullets(binding, lane, one.entry.covers, one.path)),
  ];
  const numbers = new Set(covers.map(({ bullet }) => bullet));
  const inputs = inputsOf(binding, task, path, entry);
  const rounds = bindRounds(binding, task, path, entry);
  const coversWith = covers.flatMap(({ bullet, parameters }) =>
    parameters === undefined ? [] : [{ bullet, parameters }],
  );
  return {
    task: {
      ...task,
      steps,
      inputs,
      ...(rounds === undefined ? {} : { rounds }),
      ...ofPerson(binding, task, path, entry, steps.length > 0),
      covers: [...numbers].sort((a, b) => a - b),
      ...(coversWith.length === 0 ? {} : { coversWith }),
    },
    path,
    statedNeeds: entry.needs ?? [],
    covers,
    incomplete,
  };
}

/** The steps of an entry, which is either a step itself or has a list of steps. */
function stepEntries({ reader }: Binding, { ref }: Task, path: Path, entry: PlaybookTask): StepEntry[] {
  const {
    needs: _needs,
    inputs: _inputs,
    gate: _gate,
    rounds: _rounds,
    reads: _reads,
    delivers: _delivers,
    ...own
  } = entry;
  const { covers, environments, rerun, skipIdle, steps, ...keys } = own;
  const inherited = environments === undefined ? undefined : { names: environments, path: [...path, 'environments'] };
  const isStep = Object.keys(keys).length > 0;
  if (isStep && steps !== undefined) {
    reader.error('step-twice', [...path, 'steps'], `${ref} has "steps" and a step beside them.`, {
      suggestion: 'Put all of them into "steps".',
    });
  }
  if (rerun !== undefined && !isStep) {
    reader.error('rerun', [...path, 'rerun'], `"rerun" belongs to a step, and ${ref} has none beside it.`, {
      suggestion: 'Write it into the entry of the step in "steps".',
    });
  }
  if (skipIdle !== undefined && entry.rounds === undefined) reportSkipIdle(reader, ref, path);
  const listed = (steps ?? []).map((step, index): StepEntry => {
    const at = [...path, 'steps', index];
    if (step.skipIdle !== undefined && entry.rounds === undefined) reportSkipIdle(reader, ref, at);
    const own = step.environments && { names: step.environments, path: [...at, 'environments'] };
    return { entry: step, path: at, environments: own ?? inherited, isListed: true };
  });
  const single: StepEntry = {
    entry: { ...keys, covers, rerun, skipIdle },
    path,
    environments: inherited,
    isListed: false,
  };
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

/** Numbers of the bullets that a listed step covers; those that do not exist are reported elsewhere. */
function numbersOf({ bullets, title }: Lane, { covers = [] }: PlaybookStep): number[] {
  return covers.flatMap((one) => {
    const matched = match(bullets, typeof one === 'string' ? one : one.bullet, title);
    return 'found' in matched ? [matched.found.number] : [];
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

/** One step of the playbook, with its path. */
interface StepEntry {
  readonly entry: PlaybookStep;
  readonly path: Path;
  readonly environments: ChosenEnvironments | undefined;
  /** True in a list of `steps`; false for a task entry that is a step itself. */
  readonly isListed: boolean;
}

export interface BoundSteps {
  readonly steps: readonly Step[];
  /** True when some entry could not be read. */
  readonly incomplete: boolean;
}

/** Expands the entries of a task into steps. Every step of an entry needs all steps of the entry before. */
function bindSteps(binding: Binding, lane: Lane, task: Task, entries: readonly StepEntry[]): BoundSteps {
  const steps: Step[] = [];
  let before: readonly string[] = [];
  let incomplete = false;
  const { taskQueue } = own(binding.playbook.agents, task.agent) ?? {};
  for (const entry of entries) {
    const kind = kindOf(binding, entry);
    const drafts = kind === undefined ? undefined : expand(binding, kind, entry, task);
    if (kind === undefined || drafts === undefined) {
      incomplete = true;
      continue;
    }
    const taken = new Set(steps.map(({ id }) => id));
    const ids = new Map(drafts.map((draft) => [draft.name, uniqueId(task, draft, taken)]));
    const { rerun = false, skipIdle = false } = entry.entry;
    const covers = entry.isListed ? numbersOf(lane, entry.entry) : [];
    const around = { task, kind, ids, before, taskQueue, rerun, skipIdle, covers };
    const expanded = drafts.map((draft) => stepOf(around, draft));
    steps.push(...expanded);
    before = expanded.map(({ id }) => id);
  }
  return { steps, incomplete };
}

function expand(
  binding: Binding,
  kind: StepKind,
  { entry, path, environments }: StepEntry,
  { ref, agent }: Task,
): StepDraft[] | undefined {
  const { reader } = binding;
  const at = [...path, kind.kind];
  const parsed = kind.entry.safeParse(entry[kind.kind]);
  if (!parsed.success) {
    reader.shapeErrors(at, parsed.error.issues, kind.entry);
    return undefined;
  }
  const problemsBefore = reader.problems.length;
  const drafts = kind.expand(
    parsed.data,
    contextFor(binding, at, { environments, agent, milestone: ref.slice(0, ref.indexOf('/')) }),
  );
  if (drafts.length > 0) return [...drafts];
  if (reader.problems.length === problemsBefore) {
    // Without an error, a task without steps would silently become one for a person.
    reader.error('step-empty', at, `This "${kind.kind}" step does nothing.`, {
      expected: 'something to do, and an environment to do it in',
    });
  }
  return undefined;
}

interface Surroundings {
  readonly task: Task;
  readonly kind: StepKind;
  /** Ids of the steps of this entry, by name. */
  readonly ids: ReadonlyMap<string, string>;
  /** Ids of the steps of the entry before. */
  readonly before: readonly string[];
  readonly taskQueue: string | undefined;
  readonly rerun: boolean;
  readonly skipIdle: boolean;
  readonly covers: readonly number[];
}

function stepOf(around: Surroundings, draft: StepDraft): Step {
  const { task, kind, ids, before, taskQueue, rerun, skipIdle, covers } = around;
  return {
    id: ids.get(draft.name) ?? task.ref,
    kind: kind.kind,
    label: draft.label,
    ...(draft.environment === undefined ? {} : { environment: draft.environment }),
    needs: [...before, ...(draft.needs ?? []).flatMap((name) => ids.get(name) ?? [])],
    profile: kind.profile,
    ...(taskQueue === undefined ? {} : { taskQueue }),
    publishes: draft.publishes ?? `tasks.${task.ref}`,
    ...(kind.settles === true ? { settles: true } : {}),
    ...(rerun ? { rerun } : {}),
    ...(skipIdle ? { skipIdle } : {}),
    ...(covers.length === 0 ? {} : { covers }),
    ...(draft.asks === true ? { asks: true } : {}),
    ...(draft.hears === undefined ? {} : { hears: draft.hears }),
    input: draft.input,
  };
}

function kindOf({ kinds, reader }: Binding, { entry, path, isListed }: StepEntry): StepKind | undefined {
  const common = isListed ? stepKeys : taskKeys;
  const keys = Object.keys(entry).filter((key) => !common.includes(key));
  const names = kinds.steps.map(({ kind }) => kind);
  for (const key of keys.filter((one) => !names.includes(one))) {
    reader.error('key-unknown', [...path, key], `There is no key "${key}" here.`, meantBy(key, [...names, ...common]));
  }
  const [known, second] = keys.filter((key) => names.includes(key));
  if (second !== undefined) {
    reader.error('step-twice', [...path, second], `Two steps in one entry: ${String(known)} and ${second}.`, {
      suggestion: 'Put each into a list of "steps".',
    });
    return undefined;
  }
  if (keys.length === 0) {
    reader.error('step-missing', path, 'This step has no kind.', meantBy('', names));
  }
  return kinds.steps.find(({ kind }) => kind === known);
}

function uniqueId({ ref }: Task, { name }: StepDraft, taken: Set<string>): string {
  const base = name === '' ? ref : `${ref}/${name}`;
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}.${count}`;
  taken.add(id);
  return id;
}
