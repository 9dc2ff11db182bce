import type { Criterion, Gate, GateId, TaskRef } from './gate-model.ts';
import type { Lane, Milestone, Plan, Task } from './model.ts';

/** The kinds of parts that a plan has, as people call them. */
export type PlanPart =
  | 'phase'
  | 'milestone'
  | 'lane'
  | 'task'
  | 'step'
  | 'gate'
  | 'criterion'
  | 'check'
  | 'policy'
  | 'dependency'
  | 'agent dependency'
  | 'amendments'
  | 'communication'
  | 'person'
  | 'operators'
  | 'provider'
  | 'channels'
  | 'workers'
  | 'text'
  | 'file';

/** One part that two plans do not have in common, or not in the same form. */
export interface PlanChange {
  readonly how: 'added' | 'removed' | 'changed';
  readonly what: PlanPart;
  /** Its address: `4.3/4`, `4.2/exit/1`, `dana`. */
  readonly id: string;
  /** What people know it by. */
  readonly title?: string;
  /** `changed`: names of what is different in it. */
  readonly keys?: readonly string[];
  /** The milestone that it belongs to. */
  readonly milestone?: string;
  readonly task?: TaskRef;
  readonly gate?: GateId;
}

/**
 * Every part in which a plan differs from another one. Parts of a part that was added or removed as a whole are not listed besides, but
 * for the tasks of a lane. Line numbers do not count, nor do comments and the order of keys: they change nothing of what is carried out.
 */
export function planChanges(before: Plan, after: Plan): PlanChange[] {
  return [
    ...ofPhase(before, after),
    ...pairs(before.milestones, after.milestones, ({ number }) => number).flatMap(ofMilestone),
    ...gateChanges([before.gates.entry], [after.gates.entry]),
    ...gateChanges([before.gates.completion], [after.gates.completion]),
    ...ofPeople(before, after),
    ...files(before, after),
  ];
}

/** `lane added: 4.3/4 Security Review`, `task changed: 4.3/a1 Deploy (days, steps)` */
export function changeInWords({ how, what, id, title, keys = [] }: PlanChange): string {
  const named = title === undefined || title === '' ? id : `${id} ${title}`;
  return `${what} ${how}: ${named}${keys.length === 0 ? '' : ` (${keys.join(', ')})`}`;
}

function ofPhase(before: Plan, after: Plan): PlanChange[] {
  const texts = ['title', 'overview', 'agents', 'communication', 'nextPhase', 'starts', 'notes', 'zone'] as const;
  const dependencies = pairs(
    before.milestoneDependencies,
    after.milestoneDependencies,
    ({ from, to }) => `${from} → ${to}`,
  );
  const ofAgents = pairs(before.agentDependencies, after.agentDependencies, ({ from }) => from);
  return [
    ...(before.number === after.number ? [] : [changed('phase', 'number', [`${before.number} → ${after.number}`])]),
    ...texts
      .filter((key) => !isSame(withoutLines(before[key]), withoutLines(after[key])))
      .map((key) => changed('text', key, [])),
    ...dependencies.flatMap((pair) => rows(pair, 'dependency', { ignored: ['line'] })),
    ...ofAgents.flatMap((pair) => rows(pair, 'agent dependency', { ignored: ['line'] })),
    ...whole('amendments', withoutLine(before.amendments), withoutLine(after.amendments)),
    ...whole('communication', before.reporting, after.reporting),
    ...whole('workers', before.workers, after.workers),
  ];
}

function ofPeople(before: Plan, after: Plan): PlanChange[] {
  const people = pairs(Object.entries(before.people ?? {}), Object.entries(after.people ?? {}), ([name]) => name);
  return [
    ...people.flatMap(({ id, before: old, after: fresh }) =>
      rows({ id, before: old?.[1], after: fresh?.[1] }, 'person', {}),
    ),
    ...whole('operators', before.operators, after.operators),
    ...whole('provider', before.oidc, after.oidc),
    ...whole('channels', before.channels, after.channels),
  ];
}

function files({ digests: before }: Plan, { digests: after }: Plan): PlanChange[] {
  const all = pairs(Object.entries(before.templates), Object.entries(after.templates), ([path]) => path);
  return all.flatMap(({ id, before: old, after: fresh }): PlanChange[] => {
    if (old === undefined || fresh === undefined)
      return [{ how: old === undefined ? 'added' : 'removed', what: 'file', id }];
    return old[1] === fresh[1] ? [] : [changed('file', id, [])];
  });
}

function ofMilestone({ id, before, after }: Pair<Milestone>): PlanChange[] {
  const part = { milestone: id };
  if (before === undefined || after === undefined) {
    const { title } = before ?? after ?? { title: '' };
    return [{ how: before === undefined ? 'added' : 'removed', what: 'milestone', id, title, ...part }];
  }
  const keys = differences(before, after, ['lanes', 'gates', 'line', 'plannedDays']);
  return [
    ...(keys.length === 0 ? [] : [{ ...changed('milestone', id, keys), title: after.title, ...part }]),
    ...lanePairs(before.lanes, after.lanes).flatMap((pair) => ofLane(pair, id)),
    ...pairs(tasksOf(before), tasksOf(after), ({ ref }) => ref).flatMap((pair) => ofTask(pair, id)),
    ...gateChanges(gatesIn(before), gatesIn(after)),
  ];
}

/** A lane is known by its title; its number follows from its place. */
function lanePairs(before: readonly Lane[], after: readonly Lane[]): Pair<Lane>[] {
  const byTitle = pairs(before, after, ({ title }) => title);
  const gone = byTitle.filter((pair) => pair.after === undefined);
  const come = byTitle.filter((pair) => pair.before === undefined);
  const renamed = gone.flatMap(({ before: old }) => {
    const other = come.find((pair) => pair.after?.id === old?.id);
    return old === undefined || other === undefined ? [] : [{ id: old.title, before: old, after: other.after }];
  });
  const isRenamed = (pair: Pair<Lane>) =>
    renamed.some(({ before: old, after: fresh }) => old === (pair.before ?? old) && fresh === (pair.after ?? fresh));
  return [...byTitle.filter((pair) => !(gone.includes(pair) || come.includes(pair)) || !isRenamed(pair)), ...renamed];
}

function ofLane({ before, after }: Pair<Lane>, milestone: string): PlanChange[] {
  const { id = '', title } = after ?? before ?? {};
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what: 'lane', id, title, milestone }];
  }
  const bare = (lane: Lane) => ({ ...lane, bullets: withoutLines(lane.bullets) });
  const keys = differences(bare(before), bare(after), ['tasks', 'line']);
  return keys.length === 0 ? [] : [{ ...changed('lane', id, keys), title, milestone }];
}

interface PlacedTask extends Task {
  readonly lane: string;
}

function tasksOf({ lanes }: Milestone): PlacedTask[] {
  return lanes.flatMap(({ id, tasks }) => tasks.map((task) => ({ ...task, lane: id })));
}

function ofTask({ id, before, after }: Pair<PlacedTask>, milestone: string): PlanChange[] {
  const part = { title: (after ?? before)?.title ?? '', milestone, task: id };
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what: 'task', id, ...part }];
  }
  // The text of a document that is to be read is a file of the plan; see there.
  const bare = (task: PlacedTask) => ({ ...task, reads: task.reads?.map(({ path }) => path) });
  const keys = differences(bare(before), bare(after), ['steps', 'line']);
  const steps = pairs(before.steps, after.steps, (step) => step.id);
  return [
    ...(keys.length === 0 ? [] : [{ ...changed('task', id, keys), ...part }]),
    ...steps.flatMap((pair) => rows(pair, 'step', { part: { milestone, task: id } })),
  ];
}

function gatesIn({ gates: { entry, guards = [], exit, quality } }: Milestone): Gate[] {
  return [entry, ...guards, exit, quality];
}

function gateChanges(before: readonly Gate[], after: readonly Gate[]): PlanChange[] {
  return pairs(before, after, ({ id }) => id).flatMap((pair) => ofGate(pair));
}

function ofGate({ id, before, after }: Pair<Gate>): PlanChange[] {
  const { milestone } = after ?? before ?? {};
  const part = { gate: id, ...(milestone === undefined ? {} : { milestone }) };
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what: 'gate', id, ...part }];
  }
  const keys = differences(before, after, ['criteria', 'policy', 'line']);
  const policy = differences(before.policy ?? {}, after.policy ?? {}, []);
  return [
    ...(keys.length === 0 ? [] : [{ ...changed('gate', id, keys), ...part }]),
    ...criterionPairs(before.criteria, after.criteria).flatMap((pair) => ofCriterion(pair, part)),
    ...(policy.length === 0 ? [] : [{ ...changed('policy', id, policy), ...part }]),
  ];
}

/** A criterion is known by its text; its number follows from its place. */
function criterionPairs(before: readonly Criterion[], after: readonly Criterion[]): Pair<Criterion>[] {
  const byText = pairs(before, after, ({ text }) => text);
  const one = byText.filter((pair) => pair.before === undefined || pair.after === undefined);
  const reworded = one.flatMap(({ before: old }) => {
    const fresh = one.find((pair) => pair.after?.number === old?.number)?.after;
    return old === undefined || fresh === undefined ? [] : [{ id: old.text, before: old, after: fresh }];
  });
  const isReworded = (pair: Pair<Criterion>) =>
    reworded.some(({ before: old, after: fresh }) => old === pair.before || fresh === pair.after);
  return [...byText.filter((pair) => !one.includes(pair) || !isReworded(pair)), ...reworded];
}

function ofCriterion({ before, after }: Pair<Criterion>, part: Pick<PlanChange, 'gate' | 'milestone'>): PlanChange[] {
  const { id = '', text = '' } = after ?? before ?? {};
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what: 'criterion', id, title: text, ...part }];
  }
  const keys = differences(before, after, ['checks', 'line', 'id']);
  // The ids of checks follow from that of the criterion.
  const bare = ({ id: owner, checks }: Criterion) =>
    checks.map((check) => ({ ...check, id: check.id.slice(owner.length + 1) }));
  const checks = pairs(bare(before), bare(after), (check) => check.id);
  return [
    ...(keys.length === 0 ? [] : [{ ...changed('criterion', id, keys), title: text, ...part }]),
    ...checks.flatMap((pair) => rows({ ...pair, id: `${id}/${pair.id}` }, 'check', { ignored: ['id'], part })),
  ];
}

/** The same part of two plans; absent where a plan does not have it. */
interface Pair<T> {
  readonly id: string;
  readonly before?: T | undefined;
  readonly after?: T | undefined;
}

function pairs<T>(before: readonly T[], after: readonly T[], idOf: (one: T) => string): Pair<T>[] {
  const [old, fresh] = [named(before, idOf), named(after, idOf)];
  return [...new Set([...old.keys(), ...fresh.keys()])].map((id) => ({
    id,
    before: old.get(id),
    after: fresh.get(id),
  }));
}

/** A second one of the same name is another part. */
function named<T>(all: readonly T[], idOf: (one: T) => string): Map<string, T> {
  const found = new Map<string, T>();
  for (const one of all) {
    const id = idOf(one);
    let name = id;
    for (let count = 2; found.has(name); count += 1) name = `${id} (${String(count)})`;
    found.set(name, one);
  }
  return found;
}

function rows<T extends object>(
  { id, before, after }: Pair<T>,
  what: PlanPart,
  { ignored = [], part = {} }: { ignored?: readonly string[]; part?: Pick<PlanChange, 'milestone' | 'task' | 'gate'> },
): PlanChange[] {
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what, id, ...part }];
  }
  const keys = differences(before, after, ignored);
  return keys.length === 0 ? [] : [{ ...changed(what, id, keys), ...part }];
}

/** A part that a plan has once, or not at all. */
function whole(what: PlanPart, before: object | undefined, after: object | undefined): PlanChange[] {
  if (isSame(before, after)) return [];
  if (before === undefined || after === undefined) {
    return [{ how: before === undefined ? 'added' : 'removed', what, id: what }];
  }
  return [changed(what, what, Array.isArray(after) ? [] : differences(before, after, []))];
}

function changed(what: PlanPart, id: string, keys: readonly string[]): PlanChange {
  return { how: 'changed', what, id, keys };
}

function differences(before: object, after: object, ignored: readonly string[]): string[] {
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].filter((name) => !ignored.includes(name));
  return names.filter((name) => !isSame(old.get(name), fresh.get(name)));
}

/** Compilations of the same text write their keys in the same order. */
function isSame(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function withoutLine(gate: Gate | undefined): object | undefined {
  if (gate === undefined) return undefined;
  const { line: _line, ...rest } = gate;
  return rest;
}

function withoutLines(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) return one;
    const { line: _line, ...rest } = one as { line?: number };
    return rest;
  });
}
