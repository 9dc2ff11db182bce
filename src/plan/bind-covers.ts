import type { BoundLane } from './bind-milestones.ts';
import type { Covered } from './bind-tasks.ts';
import type { PlaybookReader } from './playbook-reader.ts';

/** Bullets that two tasks of a lane cover, and bullets that no task covers although steps do all of the lane's tasks. */
export function reportCovers({ lane, tasks }: BoundLane, reader: PlaybookReader): void {
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
