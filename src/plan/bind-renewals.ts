import type { Gate } from './gate-model.ts';
import type { Plan, TaskRef } from './model.ts';

/** Tells every gate which tasks write the reports that are approved there. */
export function withRenewals(plan: Plan): Plan {
  const { gates, milestones } = plan;
  const renewing = (gate: Gate): Gate => {
    const renews = [...new Set(gate.criteria.flatMap(({ evidence }) => writersOf(plan, evidence)))];
    return renews.length === 0 ? gate : { ...gate, renews };
  };
  return {
    ...plan,
    gates: { entry: renewing(gates.entry), completion: renewing(gates.completion) },
    milestones: milestones.map((milestone) => {
      const { entry, exit, quality, ...others } = milestone.gates;
      const renewed = { ...others, entry: renewing(entry), exit: renewing(exit), quality: renewing(quality) };
      return { ...milestone, gates: renewed };
    }),
  };
}

function writersOf({ milestones }: Plan, report: string | undefined): TaskRef[] {
  if (report === undefined) return [];
  const tasks = milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const writes = tasks.filter(({ steps }) =>
    steps.some(({ kind, input }) => kind === 'report' && input['name'] === report),
  );
  return writes.map(({ ref }) => ref);
}
