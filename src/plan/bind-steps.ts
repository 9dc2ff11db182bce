import { contextFor, type Binding, type ChosenEnvironments } from './bind-context.ts';
import type { StepDraft, StepKind } from './kinds.ts';
import { meantBy } from './match.ts';
import type { Step, Task } from './model.ts';
import { own } from './own.ts';
import type { Path } from './playbook-reader.ts';
import { stepKeys, taskKeys, type PlaybookStep } from './playbook.ts';

/** One step of the playbook and where it stands. */
export interface StepEntry {
  readonly entry: PlaybookStep;
  readonly path: Path;
  readonly environments: ChosenEnvironments | undefined;
  /** In a list of `steps`, in contrast to a task that is a step itself. */
  readonly isListed: boolean;
}

export interface BoundSteps {
  readonly steps: readonly Step[];
  /** Some entry could not be read. */
  readonly incomplete: boolean;
}

/** Expands the entries of a task into steps; every step of an entry needs every step of the entry before. */
export function bindSteps(binding: Binding, task: Task, entries: readonly StepEntry[]): BoundSteps {
  const steps: Step[] = [];
  let before: readonly string[] = [];
  let incomplete = false;
  const { taskQueue } = own(binding.playbook.agents, task.agent) ?? {};
  for (const entry of entries) {
    const kind = kindOf(binding, entry);
    const drafts = kind === undefined ? undefined : expand(binding, kind, entry, task.agent);
    if (kind === undefined || drafts === undefined) {
      incomplete = true;
      continue;
    }
    const taken = new Set(steps.map(({ id }) => id));
    const ids = new Map(drafts.map((draft) => [draft.name, uniqueId(task, draft, taken)]));
    const expanded = drafts.map((draft) => stepOf({ task, kind, ids, before, taskQueue }, draft));
    steps.push(...expanded);
    before = expanded.map(({ id }) => id);
  }
  return { steps, incomplete };
}

function expand(
  binding: Binding,
  kind: StepKind,
  { entry, path, environments }: StepEntry,
  agent: string,
): StepDraft[] | undefined {
  const { reader } = binding;
  const at = [...path, kind.kind];
  const parsed = kind.entry.safeParse(entry[kind.kind]);
  if (!parsed.success) {
    reader.shapeErrors(at, parsed.error.issues, kind.entry);
    return undefined;
  }
  const problemsBefore = reader.problems.length;
  const drafts = kind.expand(parsed.data, contextFor(binding, at, environments, agent));
  if (drafts.length > 0) return [...drafts];
  if (reader.problems.length === problemsBefore) {
    // A task without steps would silently become a person's.
    reader.error('step-empty', at, `This "${kind.kind}" step does nothing.`, {
      expected: 'something to do, and an environment to do it in',
    });
  }
  return undefined;
}

interface Surroundings {
  readonly task: Task;
  readonly kind: StepKind;
  /** Ids of the entry's steps, by name. */
  readonly ids: ReadonlyMap<string, string>;
  /** Ids of the steps of the entry before. */
  readonly before: readonly string[];
  readonly taskQueue: string | undefined;
}

function stepOf({ task, kind, ids, before, taskQueue }: Surroundings, draft: StepDraft): Step {
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
    ...(draft.asks === true ? { asks: true } : {}),
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
    reader.error('step-missing', path, 'This step says nothing of what to do.', meantBy('', names));
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
