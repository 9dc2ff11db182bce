import { meantBy } from './match.ts';
import type { People, Plan } from './model.ts';
import type { PlaybookReader } from './playbook-reader.ts';

/** Whether the people listed can do what the plan asks of people: agents known, everybody held that is waited for. */
export function reportStaffing(plan: Plan, reader: PlaybookReader): void {
  const { people, operators = [] } = plan;
  if (people === undefined) return;
  for (const [id, { agents }] of Object.entries(people)) {
    for (const [index, agent] of agents.entries()) {
      if (plan.agents.includes(agent)) continue;
      const path = ['people', id, 'agents', index];
      reader.error('agent-unknown', path, `The plan has no agent "${agent}".`, meantBy(agent, plan.agents));
    }
  }
  reportSharedKeys(people, reader);
  reportSharedSubjects(people, reader);
  const roles = [...new Set(Object.values(people).flatMap((person) => person.roles))];
  for (const [index, role] of operators.entries()) {
    if (roles.includes(role)) continue;
    reader.finding('role-unheld', ['operators', index], `Nobody holds the role "${role}".`, meantBy(role, roles));
  }
  reportAgents(plan, new Set(Object.values(people).flatMap((person) => person.agents)), reader);
}

/** Who holds a key of two people would count as two. */
function reportSharedKeys(people: People, reader: PlaybookReader): void {
  const owners = new Map<string, string>();
  for (const [id, { keys = [] }] of Object.entries(people)) {
    for (const [index, key] of keys.entries()) {
      const { x } = key;
      const owner = owners.get(x);
      owners.set(x, owner ?? id);
      if (owner === undefined) continue;
      const message =
        owner === id ? `${id} has this key already.` : `${owner} has the same key; a key is one person's.`;
      reader.error('key-twice', ['people', id, 'keys', index], message, { suggestion: 'Leave one of them out.' });
    }
  }
}

/** With one account at the provider, somebody could decide as two. */
function reportSharedSubjects(people: People, reader: PlaybookReader): void {
  const owners = new Map<string, string>();
  for (const [id, { subject }] of Object.entries(people)) {
    if (subject === undefined) continue;
    const owner = owners.get(subject);
    owners.set(subject, owner ?? id);
    if (owner === undefined) continue;
    const message = `${owner} has the same subject; a subject is one person's.`;
    reader.error('subject-twice', ['people', id, 'subject'], message, { suggestion: 'Leave one of them out.' });
  }
}

function reportAgents(plan: Plan, held: ReadonlySet<string>, reader: PlaybookReader): void {
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  // A lane without an agent is a finding of its own; there is nobody to look for.
  const unstaffed = tasks.filter(({ steps, agent }) => steps.length === 0 && agent !== '' && !held.has(agent));
  for (const agent of new Set(unstaffed.map((task) => task.agent))) {
    const refs = unstaffed.filter((task) => task.agent === agent).map(({ ref }) => ref);
    reader.finding('agent-unheld', ['people'], `Nobody holds "${agent}", who has to complete ${refs.join(', ')}.`);
  }
  for (const { ref, inputs } of tasks) {
    for (const { agent } of inputs.filter((input) => !held.has(input.agent))) {
      reader.finding('agent-unheld', ['people'], `Nobody holds "${agent}", who owes ${ref} an input.`);
    }
  }
}
