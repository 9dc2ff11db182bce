import { sha256 } from '../../base/digest.ts';
import { own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import { firstInstant, zoneNamed } from '../../calendar/windows.ts';
import type { Gate } from '../gate-model.ts';
import type { Digests, Lane, Milestone, Plan, Task } from '../model.ts';
import { PlaybookReader } from '../playbook/reader.ts';
import { BoundSections, type Path, type SectionContext } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';
import type { Problem } from '../problems.ts';
import type { PlaybookSource } from '../source.ts';
import { bindAmendments, reportAmenders } from './amendments.ts';
import { bindCommunication } from './communication.ts';
import { type Binding, reportAgents } from './context.ts';
import { deploymentsOf } from './deployments.ts';
import { bindGate, withRenewals } from './gates.ts';
import { changesGate, guardsOf, withGuards } from './guards.ts';
import { needsOf, reportReferences } from './needs.ts';
import { reportStaffing } from './people.ts';
import { askedAgain, reportDuties, reportSeparation } from './staffing.ts';
import { bindTask, type BoundTask, type Covered } from './tasks.ts';
import { bindWorkers } from './workers.ts';

/** Binds the tasks and criteria of a plan to their entries in the playbook. Never throws; reports all problems at once. */
export function bind(document: Plan, source: PlaybookSource): { plan: Plan; problems: Problem[] } {
  const { kinds, phase, templates } = source;
  const reader = new PlaybookReader(source, kinds.sections);
  const { playbook } = reader;
  if (playbook === undefined) return { plan: document, problems: reader.problems };
  const plan = withZone(document, playbook, reader);
  const around: SectionContext = { phase, environments: playbook.environments, files: templates, problems: reader };
  const sections = new BoundSections(kinds.sections, playbook, around);
  const guarded = withGuards(plan, playbook, reader);
  const deployments = deploymentsOf(playbook, kinds);
  const binding: Binding = { plan: guarded, playbook, reader, kinds, phase, sections, deployments, files: templates };

  reportAgents(plan, playbook, reader);
  const milestones = bindMilestones(binding);
  const lanes = milestones.flatMap((milestone) => milestone.lanes);
  const tasks = lanes.flatMap((lane) => lane.tasks);
  reportReferences(tasks, binding);
  sections.report(tasks, around);
  for (const lane of lanes) reportCovers(lane, reader);
  const needs = needsOf(tasks, binding);

  const withNeeds = (lane: Lane): Lane => ({
    ...lane,
    tasks: lane.tasks.map((task) => ({ ...task, needs: needs.get(task.ref) ?? [] })),
  });
  const { people, operators, oidc, gates, channels, next } = playbook;
  const whole = askedAgain({
    ...plan,
    milestones: milestones.map(({ milestone }): Milestone => ({
      ...milestone,
      lanes: milestone.lanes.map((lane) => withNeeds(lane)),
    })),
    gates: {
      entry: bindGate(binding, plan.gates.entry, ['gates', 'entry'], gates.entry),
      completion: bindGate(binding, plan.gates.completion, ['gates', 'completion'], gates.completion),
    },
    ...(people === undefined ? {} : { people }),
    ...(operators === undefined ? {} : { operators }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(next === undefined ? {} : { starts: { phase: next.phase, workflowId: next.workflowId ?? next.phase } }),
    ...(channels.length === 0 ? {} : { channels }),
    ...bindAmendments(binding),
    ...bindWorkers(playbook, reader),
    ...bindCommunication(binding),
    digests: digestsOf(plan, source),
  });
  const bound = withRenewals(whole, kinds.steps);
  reportStaffing(bound, reader);
  reportSeparation(bound, playbook, reader);
  reportDuties(bound, playbook, reader);
  reportAmenders(bound, playbook, reader);
  return { plan: bound, problems: reader.problems };
}

function digestsOf({ digests }: Plan, { text, templates }: PlaybookSource): Digests {
  const ofTemplates = Object.entries(templates).map(
    ([path, one]) => [path, one === null ? null : sha256(one)] as const,
  );
  return { ...digests, playbook: sha256(text), templates: Object.fromEntries(ofTemplates) };
}

/** Reports bullets that two tasks of a lane cover, and bullets that no task covers although all tasks of the lane have steps. */
function reportCovers({ lane, tasks }: BoundLane, reader: PlaybookReader): void {
  const isAutomated = tasks.every(({ task }) => task.steps.length > 0);
  for (const { number, text } of lane.bullets) {
    const covering = tasks.filter(({ task }) => task.covers.includes(number));
    const [first, second] = covering;
    if (second !== undefined) {
      const at = second.covers.find(({ bullet }: Covered) => bullet === number)?.path ?? second.path;
      const refs = covering.map(({ task }) => task.ref).join(' and ');
      reader.finding('bullet-twice', at, `"${text}" is covered by ${refs}.`);
    }
    const last = tasks.at(-1);
    if (first === undefined && isAutomated && last !== undefined) {
      reader.finding('bullet-uncovered', last.path, `No task of lane "${lane.title}" covers "${text}".`, {
        suggestion: 'Add it to the "covers" of the task that does it, or leave a task to people.',
      });
    }
  }
}

export interface BoundMilestone {
  /** The milestone, whose tasks have no needs yet. */
  readonly milestone: Milestone;
  readonly lanes: readonly BoundLane[];
}

interface BoundLane {
  readonly lane: Lane;
  readonly tasks: readonly BoundTask[];
}

/** Binds the tasks and gates of all milestones. */
function bindMilestones(binding: Binding): BoundMilestone[] {
  const { plan, playbook } = binding;
  const numbers = plan.milestones.map(({ number }) => number);
  unknownKeys(binding, ['milestones'], 'milestone', Object.keys(playbook.milestones), numbers);
  return plan.milestones.map((milestone) => bindMilestone(binding, milestone));
}

function bindMilestone(binding: Binding, milestone: Milestone): BoundMilestone {
  const entry = own(binding.playbook.milestones, milestone.number);
  const path = ['milestones', milestone.number];
  const ids = milestone.lanes.flatMap(({ tasks }) => tasks.map(({ id }) => id));
  unknownKeys(binding, [...path, 'tasks'], 'task', Object.keys(entry?.tasks ?? {}), ids);
  const bind = (lane: Lane, task: Task): BoundTask =>
    bindTask(binding, lane, task, [...path, 'tasks', task.id], own(entry?.tasks, task.id));
  const lanes = milestone.lanes.map((lane): BoundLane => {
    const tasks = lane.tasks.map((task) => bind(lane, task));
    return { lane: { ...lane, tasks: tasks.map(({ task }) => task) }, tasks };
  });
  const gate = (kind: 'entry' | 'exit' | 'quality'): Gate =>
    bindGate(binding, milestone.gates[kind], [...path, kind], entry?.[kind]);
  const stated = guardsOf(milestone, entry, binding.reader).map((one) =>
    bindGate(binding, one.gate, one.path, one.entry),
  );
  const changes = lanes.flatMap(({ tasks }) =>
    tasks.flatMap(({ task }) => changesGate(binding, milestone, task) ?? []),
  );
  const guards = [...stated, ...changes];
  return {
    milestone: {
      ...milestone,
      gates: {
        entry: gate('entry'),
        ...(guards.length === 0 ? {} : { guards }),
        exit: gate('exit'),
        quality: gate('quality'),
      },
      lanes: lanes.map(({ lane }) => lane),
    },
    lanes,
  };
}

function unknownKeys(
  { reader }: Binding,
  path: Path,
  what: 'milestone' | 'task',
  given: readonly string[],
  known: readonly string[],
): void {
  const where = what === 'task' ? `Milestone ${String(path[1])}` : 'The plan';
  for (const key of given.filter((one) => !known.includes(one))) {
    reader.error(`${what}-unknown`, [...path, key], `${where} has no ${what} "${key}".`, meantBy(key, known));
  }
}

/**
 * Converts the dates of the Gantt from the time zone of the playbook's calendars, if they all have the same. Otherwise, and without
 * calendars, the dates stay in UTC. With calendars of several zones, this is a finding.
 */
function withZone(plan: Plan, { calendars }: Playbook, reader: PlaybookReader): Plan {
  const [zone, other] = new Set(Object.values(calendars).map((calendar) => calendar.zone));
  const hasDates = plan.milestones.some(({ lanes }) => lanes.some(({ tasks }) => tasks.some((task) => task.startsAt)));
  if (zone === undefined || !hasDates) return plan;
  if (other !== undefined) {
    reader.finding(
      'dates-zone',
      ['calendars'],
      'The calendars have different time zones, so the dates of the Gantt are read in UTC.',
      {
        suggestion: 'Give all calendars one zone, or write the dates of the Gantt in UTC.',
      },
    );
    return plan;
  }
  const clock = zoneNamed(zone);
  const instant = (shown: string): string => new Date(firstInstant(clock, Date.parse(shown))).toISOString();
  const moved = (task: Task): Task => {
    const { startsAt, dueAt } = task;
    if (startsAt === undefined || dueAt === undefined) return task;
    return { ...task, startsAt: instant(startsAt), dueAt: instant(dueAt) };
  };
  return {
    ...plan,
    zone,
    milestones: plan.milestones.map((milestone) => ({
      ...milestone,
      lanes: milestone.lanes.map((lane) => ({ ...lane, tasks: lane.tasks.map(moved) })),
    })),
  };
}
