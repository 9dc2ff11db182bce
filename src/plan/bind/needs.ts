import { sortGraph } from '../../base/graph.ts';
import { meantBy, nearest } from '../../base/match.ts';
import type { TaskRef } from '../gate-model.ts';
import type { Need, Step } from '../model.ts';
import { referencesIn } from '../references.ts';
import { milestonesBefore } from '../walk.ts';
import type { Binding } from './context.ts';
import type { BoundTask } from './tasks.ts';

/**
 * The needs of every task: tasks that deploy a stack whose exports it imports, tasks that publish outputs that it refers to, and tasks
 * that the playbook lists under `needs`.
 */
export function needsOf(tasks: readonly BoundTask[], binding: Binding): ReadonlyMap<TaskRef, readonly Need[]> {
  const publishers = publishersOf(tasks);
  const needs = new Map(
    tasks.map((bound) => {
      const used = bound.task.steps.flatMap((step) =>
        usesOf(step, binding).flatMap((use) => usedNeed(bound, step, use, publishers, binding) ?? []),
      );
      const stated = bound.statedNeeds.flatMap(
        (wanted, index) => statedNeed(bound, wanted, index, tasks, binding) ?? [],
      );
      const reachable = distinct([...used, ...stated]).filter((need) => isReachable(bound, need, binding));
      return [bound.task.ref, reachable] as const;
    }),
  );
  reportCycles(tasks, needs, binding);
  return needs;
}

interface Publisher {
  readonly task: TaskRef;
  /** Absent when a person publishes the output, with `complete`. */
  readonly step?: Step;
}

type Publishers = ReadonlyMap<string, readonly Publisher[]>;

/** The publishers by address: `stacks.network`, `tasks.4.1/a1`. */
function publishersOf(tasks: readonly BoundTask[]): Publishers {
  const publishers = new Map<string, Publisher[]>();
  const add = (address: string, publisher: Publisher): void => {
    publishers.set(address, [...(publishers.get(address) ?? []), publisher]);
  };
  for (const { task } of tasks) {
    for (const step of task.steps) add(step.publishes, { task: task.ref, step });
    if (task.steps.length === 0) add(`tasks.${task.ref}`, { task: task.ref });
  }
  return publishers;
}

/** An output that a step uses: by a reference `{{…}}` in its input, or by an import in its template. */
interface Use {
  readonly address: string;
  readonly what: string;
  readonly words: string;
  readonly isReference: boolean;
  /** The environment that a reference names. */
  readonly environment?: string | undefined;
}

function usesOf(step: Step, { sections }: Binding): Use[] {
  const imported = sections.needs(step.publishes);
  return [
    ...imported.map(({ address, name, noun }) => ({
      address,
      what: name,
      words: `${noun} ${name}`,
      isReference: false,
    })),
    ...referencesIn(step.input).map(({ address, text, environment }) => ({
      address,
      what: text,
      words: `{{${text}}}`,
      isReference: true,
      environment,
    })),
  ];
}

function usedNeed(
  { task, path, incomplete }: BoundTask,
  step: Step,
  use: Use,
  publishers: Publishers,
  { reader }: Binding,
): Need | undefined {
  const { address, what, words, isReference } = use;
  const all = publishers.get(address) ?? [];
  const here = all.filter((publisher) => isSeenFrom(step, publisher, use));
  if (here.length === 0) {
    // Unknown references are reported by `reportReferences`.
    if (all.length > 0 && isReference) {
      const { environment = step.environment } = use;
      const where = environment === undefined ? 'without an environment' : `for environment "${environment}"`;
      const there = [...new Set(all.map((one) => one.step?.environment ?? 'none'))].join(', ');
      reader.error('reference-environment', path, `${words} is used by a step ${where}.`, {
        expected: `a step in the environment where it is published: ${there}`,
      });
    } else if (!isReference && !incomplete) {
      reader.finding('import-undeployed', path, `${task.ref} imports from ${words}, which no task deploys.`);
    }
    return undefined;
  }
  const inside = here.find((publisher) => publisher.task === task.ref);
  if (inside === undefined) return here.slice(0, 1).map((publisher) => ({ task: publisher.task, what }))[0];
  if (inside.step === undefined || !precedes(inside.step, step, task.steps)) {
    const message = `${task.ref} uses ${words} before it publishes it.`;
    reader.error('step-order', path, message, { suggestion: 'Change the order of its steps.' });
  }
  return undefined;
}

/**
 * True when a step can use an output of the publisher. References are looked up in the environment that they name, or else in the step's,
 * then among outputs without an environment. A step without an environment can use exports of any environment.
 */
function isSeenFrom(step: Step, publisher: Publisher, { isReference, environment }: Use): boolean {
  const published = publisher.step?.environment;
  if (published === undefined || published === (environment ?? step.environment)) return true;
  return !isReference && step.environment === undefined;
}

function precedes(earlier: Step, later: Step, steps: readonly Step[]): boolean {
  const before = new Set(later.needs);
  for (const id of before) for (const need of steps.find((step) => step.id === id)?.needs ?? []) before.add(need);
  return before.has(earlier.id);
}

function statedNeed(
  { task, path }: BoundTask,
  wanted: string,
  index: number,
  tasks: readonly BoundTask[],
  { reader }: Binding,
): Need | undefined {
  const ref = wanted.includes('/') ? wanted : `${milestoneOf(task.ref)}/${wanted}`;
  const at = [...path, 'needs', index];
  const known = tasks.map((one) => one.task.ref).filter((one) => one !== task.ref);
  if (ref === task.ref) reader.error('need-cycle', at, `${task.ref} cannot need itself.`);
  else if (known.includes(ref)) return { task: ref, what: 'stated' };
  else reader.error('task-unknown', at, `There is no task "${wanted}".`, meantBy(ref, known));
  return undefined;
}

/** Reports a need for a task in a milestone that does not come before: the task would wait without an end. */
function isReachable({ task, path }: BoundTask, need: Need, { plan, reader }: Binding): boolean {
  const [mine, theirs] = [milestoneOf(task.ref), milestoneOf(need.task)];
  if (mine === theirs || milestonesBefore(plan, mine).includes(theirs)) return true;
  const message = `${task.ref} needs ${need.task} (${need.what}), and milestone ${mine} does not depend on ${theirs}.`;
  reader.error('need-order', path, message, {
    suggestion: `Write "Milestone ${theirs} → Milestone ${mine}: reason" below "Milestone Dependencies", or deploy it earlier.`,
  });
  return false;
}

function reportCycles(
  tasks: readonly BoundTask[],
  needs: ReadonlyMap<TaskRef, readonly Need[]>,
  { reader }: Binding,
): void {
  const byRef = new Map(tasks.map((bound) => [bound.task.ref, bound]));
  const before = (ref: TaskRef): TaskRef[] =>
    [...(byRef.get(ref)?.task.after ?? []), ...(needs.get(ref) ?? []).map(({ task }) => task)].filter((one) =>
      byRef.has(one),
    );
  for (const cycle of sortGraph([...byRef.keys()], before).cycles) {
    const refs = cycle.filter((ref) => (needs.get(ref) ?? []).some(({ task }) => cycle.includes(task)));
    // Cycles of the Gantt alone are reported by the reader of the plan.
    const [first] = refs;
    if (first === undefined) continue;
    const path = byRef.get(first)?.path ?? [];
    reader.error('need-cycle', path, `Tasks wait for each other in a cycle: ${cycle.join(' → ')}.`);
  }
}

function milestoneOf(ref: TaskRef): string {
  return ref.slice(0, ref.indexOf('/'));
}

/** Keeps one need for each task that is needed. */
function distinct(needs: readonly Need[]): Need[] {
  return needs.filter((need, index) => needs.findIndex((one) => one.task === need.task) === index);
}

/** Reports references to outputs that no task publishes, and texts that look like references but are not. */
export function reportReferences(tasks: readonly BoundTask[], { reader, sections }: Binding): void {
  const published = new Set(tasks.flatMap(({ task }) => addressesOf(task)));
  // If some steps could not be read, their outputs are unknown, and a reference to them is not an error.
  const isComplete = tasks.every(({ incomplete }) => !incomplete);
  reader.eachText((text, error) => {
    for (const malformed of malformedReferences(text)) {
      const expected = '{{stacks.NAME.Output}} or {{tasks.4.1/a1.Output}}';
      error('reference-form', `${malformed} is not a reference.`, { expected });
    }
    for (const reference of referencesIn(text)) {
      if (!published.has(reference.address)) {
        if (!isComplete) continue;
        const hints = meantBy(reference.address, [...published]);
        error('reference-unknown', `{{${reference.text}}}: no task publishes ${reference.address}.`, hints);
      } else {
        const known = sections.outputs(reference.address);
        if (known === undefined || known.names.includes(reference.name)) continue;
        const message = `{{${reference.text}}}: ${known.what} has no output "${reference.name}".`;
        error('reference-unknown', message, meantBy(reference.name, known.names));
      }
    }
  });
}

/** The addresses that a task publishes under: those of its steps, or its own when a person completes it. */
function addressesOf({ ref, steps }: BoundTask['task']): string[] {
  return steps.length === 0 ? [`tasks.${ref}`] : steps.map(({ publishes }) => publishes);
}

/** Texts in double braces that resemble a reference. Others are left alone: CloudFormation uses them too (`{{resolve:ssm:…}}`). */
function malformedReferences(text: string): string[] {
  const braces = text.match(/\{\{[^{}]*\}\}/g) ?? [];
  return braces.filter((one) => {
    const [word = ''] = /[A-Za-z]+/.exec(one) ?? [];
    return referencesIn(one).length === 0 && nearest(word, ['stacks', 'tasks']) !== undefined;
  });
}
