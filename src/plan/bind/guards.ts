import { own } from '../../base/json.ts';
import { match } from '../../base/match.ts';
import type { Gate, TaskRef } from '../gate-model.ts';
import type { Milestone, Plan, Task } from '../model.ts';
import type { PlaybookGate } from '../playbook/gates-schema.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Path } from '../section.ts';
import type { Playbook, PlaybookMilestone } from '../playbook/schema.ts';
import type { Binding } from './context.ts';
import { approversOf } from './people.ts';
import { bindPolicy } from './policy.ts';

/**
 * Adds the gates that the playbook puts before single tasks and lanes. The plan document has no such gates. The keys of their entries
 * are the criteria.
 */
export function withGuards(plan: Plan, playbook: Playbook, reader: PlaybookReader): Plan {
  const milestones = plan.milestones.map((milestone): Milestone => {
    const guards = guardsOf(milestone, own(playbook.milestones, milestone.number), reader).map(({ gate }) => gate);
    return guards.length === 0 ? milestone : { ...milestone, gates: { ...milestone.gates, guards } };
  });
  return { ...plan, milestones };
}

interface Guard {
  readonly gate: Gate;
  readonly path: Path;
  readonly entry: PlaybookGate;
}

/** The gates of a milestone's tasks and lanes, with their entries in the playbook. Their criteria are not bound yet. */
export function guardsOf(
  milestone: Milestone,
  entry: PlaybookMilestone | undefined,
  reader: Binding['reader'],
): Guard[] {
  const path = ['milestones', milestone.number];
  const ofLanes = Object.entries(entry?.lanes ?? {}).flatMap(([key, { gate }]) => {
    const lanes = milestone.lanes.map((lane, index) => ({ number: index + 1, text: lane.title, lane }));
    const matched = match(lanes, key, `lanes of milestone ${milestone.number}`);
    if (!('found' in matched)) {
      reader.error('lane-unknown', [...path, 'lanes', key], matched.message, matched.hints);
      return [];
    }
    if (gate === undefined) return [];
    const { lane } = matched.found;
    const tasks = lane.tasks.map(({ ref }) => ref);
    return [guard(milestone, { what: 'lane', of: lane.id, tasks }, [...path, 'lanes', key, 'gate'], gate)];
  });
  const ofTasks = milestone.lanes
    .flatMap(({ tasks }) => tasks)
    .flatMap(({ id, ref }) => {
      const gate = own(entry?.tasks, id)?.gate;
      const where = [...path, 'tasks', id, 'gate'];
      return gate === undefined ? [] : [guard(milestone, { what: 'task', of: ref, tasks: [ref] }, where, gate)];
    });
  return [...ofLanes, ...ofTasks];
}

interface Guarded {
  readonly what: 'task' | 'lane';
  readonly of: string;
  readonly tasks: readonly TaskRef[];
}

function guard({ number, line }: Milestone, guards: Guarded, path: Path, entry: PlaybookGate): Guard {
  const id = `${guards.of}/entry`;
  const texts = Object.keys(entry).filter((key) => key !== 'policy');
  const criteria = texts.map((text, index) => ({
    id: `${id}/${String(index + 1)}`,
    number: index + 1,
    text,
    checks: [],
    approval: 'only' as const,
    line,
  }));
  return { gate: { id, kind: 'entry', milestone: number, guards, criteria, line }, path, entry };
}

/**
 * The gate of a task whose steps may destroy resources in a protected environment, or in a stack that phasegate did not create. It has
 * no criteria until a step asks for approval. Then it gets one criterion for each stack, with the approvers that the environments name.
 */
export function changesGate(binding: Binding, { number, line }: Milestone, { ref, steps }: Task): Gate | undefined {
  const asking = steps.filter(({ asks }) => asks === true);
  if (asking.length === 0) return undefined;
  const gate: Gate = {
    id: `${ref}/changes`,
    kind: 'entry',
    milestone: number,
    guards: { what: 'changes', of: ref, tasks: [ref] },
    criteria: [],
    asks: approversIn(binding, environmentsOf(binding, asking)),
    line,
  };
  return { ...gate, ...bindPolicy(binding, gate, ['policy']) };
}

/**
 * The protected environments that the steps act in, or all of them when none is protected. A step without an environment acts in all
 * environments.
 */
function environmentsOf({ playbook }: Binding, steps: Task['steps']): string[] {
  const names = Object.keys(playbook.environments).filter((name) =>
    steps.some(({ environment }) => environment === undefined || environment === name),
  );
  const guarded = names.filter((name) => playbook.environments[name]?.protected === true);
  return guarded.length > 0 ? guarded : names;
}

/** The rules of all the environments, all of which must be satisfied. Equal rules are listed once. */
function approversIn(binding: Binding, environments: readonly string[]): Gate['asks'] {
  const rules = environments.flatMap((name) => {
    const approve = own(binding.playbook.environments, name)?.destructive;
    return approversOf(binding, ['environments', name, 'destructive'], { approve }).approvers ?? [];
  });
  const texts = rules.map((rule) => JSON.stringify(rule));
  const distinct = rules.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
  return distinct.length === 0 ? {} : { approvers: distinct };
}
