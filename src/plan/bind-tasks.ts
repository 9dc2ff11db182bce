import type { Binding } from './bind.ts';
import type { BindContext, StepDraft, StepKind } from './kinds.ts';
import { match, meantBy } from './match.ts';
import type { Lane, Step, Task, TaskInput } from './model.ts';
import type { Path } from './playbook-reader.ts';
import { stepKeys, taskKeys, type PlaybookStep, type PlaybookTask } from './playbook.ts';

/** A task with what the playbook says of it, and what was said of its needs, which other tasks must be known for. */
export interface BoundTask {
  readonly task: Task;
  readonly path: Path;
  /** References of tasks as the playbook states them: `b1`, `4.1/c1`. */
  readonly statedNeeds: readonly string[];
}

/** Binds one task; without an entry it stays as it is, and a person completes it. */
export function bindTask(
  binding: Binding,
  lane: Lane,
  task: Task,
  path: Path,
  entry: PlaybookTask | undefined,
): BoundTask {
  if (entry === undefined) return { task, path, statedNeeds: [] };
  const { covers = [], needs = [], inputs = [], environments, steps: several, ...keys } = entry;
  const single = Object.keys(keys).length > 0;
  if (single && several !== undefined) {
    binding.reader.error('step-twice', path, `${task.ref} has "steps" and a step of its own; put all into "steps"`);
  }
  const entries: { entry: PlaybookStep; path: Path }[] = [
    ...(single ? [{ entry: { ...keys, environments }, path }] : []),
    ...(several ?? []).map((one, index) => ({
      entry: { ...one, environments: one.environments ?? environments },
      path: [...path, 'steps', index],
    })),
  ];
  const steps: Step[] = [];
  let last: string[] = [];
  for (const [index, one] of entries.entries()) {
    const isStep = several !== undefined;
    // Entries follow each other: every step of one needs every step of the one before.
    const before = index === 0 ? [] : last;
    const expanded = expandStep(binding, task, one.entry, one.path, before, isStep, steps);
    steps.push(...expanded);
    last = expanded.map(({ id }) => id);
  }
  const covered = [
    ...bulletNumbers(binding, lane, covers, [...path, 'covers']),
    ...entries.flatMap((one) =>
      one.path === path ? [] : bulletNumbers(binding, lane, one.entry.covers ?? [], [...one.path, 'covers']),
    ),
  ];
  return {
    task: {
      ...task,
      steps,
      inputs: inputsOf(binding, task, inputs, path),
      covers: [...new Set(covered)].sort((a, b) => a - b),
    },
    path,
    statedNeeds: needs,
  };
}

function expandStep(
  binding: Binding,
  task: Task,
  entry: PlaybookStep,
  path: Path,
  before: readonly string[],
  isStep: boolean,
  earlier: readonly Step[],
): Step[] {
  const kind = kindOf(binding, entry, path, isStep);
  if (kind === undefined) return [];
  const at = [...path, kind.kind];
  const parsed = kind.entry.safeParse(entry[kind.kind]);
  if (!parsed.success) {
    binding.reader.shapeErrors(at, parsed.error.issues);
    return [];
  }
  const drafts = kind.expand(parsed.data, contextFor(binding, entry.environments, at, path));
  const taken = new Set(earlier.map(({ id }) => id));
  const ids = new Map(drafts.map((draft) => [draft.name, uniqueId(task, draft, taken)]));
  return drafts.map((draft): Step => ({
    id: ids.get(draft.name) ?? task.ref,
    kind: kind.kind,
    label: draft.label,
    ...(draft.environment === undefined ? {} : { environment: draft.environment }),
    needs: [...before, ...(draft.needs ?? []).flatMap((name) => ids.get(name) ?? [])],
    profile: kind.profile,
    publishes: draft.publishes ?? `tasks.${task.ref}`,
    ...(kind.settles === true ? { settles: true } : {}),
    input: draft.input,
  }));
}

function kindOf({ kinds, reader }: Binding, entry: PlaybookStep, path: Path, isStep: boolean): StepKind | undefined {
  const common = isStep ? stepKeys : taskKeys;
  const keys = Object.keys(entry).filter((key) => !common.includes(key));
  const names = kinds.steps.map(({ kind }) => kind);
  for (const key of keys.filter((one) => !names.includes(one))) {
    reader.error('unknown-key', [...path, key], `unknown key "${key}"`, meantBy(key, [...names, ...common]));
  }
  const known = keys.filter((key) => names.includes(key));
  if (known.length > 1) {
    reader.error('step-twice', [...path, known[1] ?? ''], `two steps in one entry: ${known.join(', ')}; put them into "steps"`);
    return undefined;
  }
  if (keys.length === 0 && isStep) reader.error('step-missing', path, `a step needs one of ${names.join(', ')}`);
  return kinds.steps.find(({ kind }) => kind === known[0]);
}

/** What a kind may see: environments narrowed to those that the entry names. */
export function contextFor(
  { playbook, reader, phase, stacks }: Binding,
  environments: readonly string[] | undefined,
  at: Path,
  entryPath: Path,
): BindContext {
  const all = playbook.environments;
  for (const [index, name] of (environments ?? []).entries()) {
    if (Object.hasOwn(all, name)) continue;
    const path = [...entryPath, 'environments', index];
    reader.error('unknown-environment', path, `there is no environment "${name}"`, meantBy(name, Object.keys(all)));
  }
  const chosen = Object.entries(all).filter(([name]) => environments === undefined || environments.includes(name));
  return {
    phase,
    environments: Object.fromEntries(chosen),
    stacks: stacks.entries,
    stackOrder: stacks.order,
    stackImports: stacks.imports,
    problem(message, { at: below = [], ...hints } = {}) {
      reader.error('entry', [...at, ...below], message, hints);
    },
  };
}

function uniqueId({ ref }: Task, { name }: StepDraft, taken: Set<string>): string {
  const base = name === '' ? ref : `${ref}/${name}`;
  let id = base;
  for (let count = 2; taken.has(id); count += 1) id = `${base}.${String(count)}`;
  taken.add(id);
  return id;
}

function bulletNumbers(binding: Binding, lane: Lane, covers: readonly string[], path: Path): number[] {
  return covers.flatMap((wanted, index) => {
    const found = match(lane.bullets, wanted, `activities of lane "${lane.title}"`);
    if ('found' in found) return [found.found.number];
    const { message, suggestion } = found;
    binding.reader.error('unknown-bullet', [...path, index], message, suggestion === undefined ? {} : { suggestion });
    return [];
  });
}

function inputsOf(binding: Binding, task: Task, inputs: readonly { from: string; what?: string | undefined }[], path: Path): TaskInput[] {
  return inputs.flatMap(({ from, what }, index) => {
    if (task.contributors.includes(from)) return [{ agent: from, ...(what === undefined ? {} : { what }) }];
    const at = [...path, 'inputs', index, 'from'];
    binding.reader.error('unknown-contributor', at, `"${from}" does not contribute to ${task.ref}`, meantBy(from, task.contributors));
    return [];
  });
}
