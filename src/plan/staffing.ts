import { meantBy } from './match.ts';
import type { Plan } from './model.ts';
import type { PlaybookReader } from './playbook-reader.ts';

/** Whether the people listed can do what the plan will ask of people: agents known, every role and agent held by somebody. */
export function staffing(plan: Plan, reader: PlaybookReader): void {
  const { people, operators = [] } = plan;
  if (people === undefined) return;
  for (const [id, person] of Object.entries(people)) {
    for (const [index, agent] of person.agents.entries()) {
      if (plan.agents.includes(agent)) continue;
      reader.error('unknown-agent', ['people', id, 'agents', index], `the plan has no agent "${agent}"`, meantBy(agent, plan.agents));
    }
  }
  const roles = new Set(Object.values(people).flatMap((person) => person.roles));
  const agents = new Set(Object.values(people).flatMap((person) => person.agents));
  for (const [index, role] of operators.entries()) {
    if (!roles.has(role)) reader.finding('nobody', ['operators', index], `nobody holds the operators' role "${role}"`);
  }
  const gates = [plan.gates.entry, ...plan.milestones.flatMap((one) => Object.values(one.gates)), plan.gates.completion];
  for (const { criteria } of gates) {
    for (const { id, role } of criteria) {
      if (role !== undefined && !roles.has(role)) reader.finding('nobody', [], `nobody holds the role "${role}" that ${id} asks for`, meantBy(role, [...roles]));
    }
  }
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const unstaffed = tasks.filter(({ steps, agent }) => steps.length === 0 && !agents.has(agent));
  for (const agent of new Set(unstaffed.map((task) => task.agent))) {
    const refs = unstaffed.filter((task) => task.agent === agent).map(({ ref }) => ref);
    reader.finding('nobody', [], `nobody holds "${agent}", whose people's tasks are ${refs.join(', ')}`);
  }
}
