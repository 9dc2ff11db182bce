import type { Kinds } from '../kinds.ts';
import type { Plan } from '../model.ts';
import type { Playbook } from '../playbook/schema.ts';
import { milestonesBefore } from '../walk.ts';

/** Numbers of the milestones whose tasks deploy an entry of a section, by its address: `stacks.network`. */
export type Deployments = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads from the playbook which milestones deploy what. What cannot be read is reported when its task is bound. */
export function deploymentsOf({ milestones }: Playbook, { steps }: Kinds): Deployments {
  const found = new Map<string, Set<string>>();
  for (const [number, { tasks = {} }] of Object.entries(milestones)) {
    const entries = Object.values(tasks).flatMap((task) => [task, ...(task.steps ?? [])]);
    for (const kind of steps) {
      if (kind.deploys === undefined) continue;
      for (const entry of entries) {
        const parsed = kind.entry.safeParse(entry[kind.kind]);
        if (!parsed.success) continue;
        for (const address of kind.deploys(parsed.data)) {
          found.set(address, (found.get(address) ?? new Set()).add(number));
        }
      }
    }
  }
  return found;
}

/** True when milestones deploy the entry, but neither this one nor any before it. */
export function isDeployedLater(
  deployments: Deployments,
  plan: Plan,
  address: string,
  milestone: string | undefined,
): boolean {
  const by = deployments.get(address);
  if (by === undefined || milestone === undefined) return false;
  return ![milestone, ...milestonesBefore(plan, milestone)].some((number) => by.has(number));
}
