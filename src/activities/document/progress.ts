import { inert, table } from '../../base/markdown.ts';
import { counted } from '../../base/text.ts';
import type { DeliveredMilestone, DeliveredTask, DeliveryView } from '../../contract/delivery.ts';
import type { PhaseIdentity } from '../../contract/kinds.ts';
import { drawDocument, type DrawnDocument, minuteOf } from './document.ts';

/** Draws how far the phase is: each milestone with its gates and its tasks, as the phase knows them. */
export function implementationProgress(phase: PhaseIdentity, { milestones, title }: DeliveryView): DrawnDocument {
  const tasks = milestones.flatMap((milestone) => milestone.tasks);
  const over = tasks.filter(({ isOver }) => isOver).length;
  const done = milestones.filter(({ stage }) => stage === 'done').length;
  return drawDocument({
    name: 'implementation-progress',
    phase,
    verdict: `${String(done)} of ${counted(milestones.length, 'milestone')} and ${String(over)} of ${counted(tasks.length, 'task')} done`,
    good: over === tasks.length,
    parts: [
      inert(title),
      '## Milestones',
      table(
        ['Milestone', 'Stage', 'Tasks done', 'Goals met', 'Began', 'Work ended', 'Done'],
        milestones.map(milestoneRow),
        'None.',
      ),
      ...milestones.flatMap(({ number, title: name, tasks: own }) => [
        `## ${inert(`${number} ${name}`)}`,
        table(['Task', 'Title', 'Agent', 'State', 'By'], own.map(taskRow), 'No tasks.'),
      ]),
    ],
    data: { milestones: milestones.map(factsOf) },
  });
}

/** What the document says of a milestone: nothing that comes and goes while nothing is done. */
export function factsOf({ runs: _runs, ...facts }: DeliveredMilestone): object {
  return facts;
}

function milestoneRow(milestone: DeliveredMilestone): string[] {
  const { number, title, stage, tasks, criteria, began, workEnded, ended } = milestone;
  const over = tasks.filter(({ isOver }) => isOver).length;
  const when = [began, workEnded, ended].map((at) => (at === undefined ? '' : `${minuteOf(at)} UTC`));
  const counts = [`${String(over)} of ${String(tasks.length)}`, `${String(criteria.met)} of ${String(criteria.total)}`];
  return [`${number} ${title}`, stage, ...counts, ...when];
}

function taskRow({ task, title, agent, state, isOver, by }: DeliveredTask): string[] {
  return [task, title, agent, isOver && state !== 'skipped' ? 'done' : state, by ?? ''];
}
