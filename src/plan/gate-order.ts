import type { Gate, Plan } from './model.ts';

/** Every gate of a plan, in the order in which a phase meets them; those of tasks and lanes as the document has them. */
export function gatesOf({ gates, milestones }: Plan): Gate[] {
  const inner = milestones.flatMap(({ gates: { entry, guards = [], exit, quality } }) => [
    entry,
    ...guards,
    exit,
    quality,
  ]);
  return [gates.entry, ...inner, gates.completion];
}
