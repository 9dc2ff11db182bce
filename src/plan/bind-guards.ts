import type { Binding } from './bind-context.ts';
import { match } from './match.ts';
import type { Gate } from './gate-model.ts';
import type { Milestone, Plan, TaskRef } from './model.ts';
import { own } from './own.ts';
import type { Path, PlaybookReader } from './playbook-reader.ts';
import type { Playbook, PlaybookMilestone } from './playbook.ts';
import type { PlaybookGate } from './playbook-gates.ts';

/**
 * Adds the gates that the playbook puts before single tasks and lanes; the plan document knows none. The keys of such a gate are
 * its criteria.
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

/** The gates of a milestone's tasks and lanes, their criteria not bound yet, and where the playbook states them. */
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
