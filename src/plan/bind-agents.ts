import { meantBy } from './match.ts';
import type { Plan } from './model.ts';
import type { PlaybookReader } from './playbook-reader.ts';
import type { Playbook } from './playbook.ts';

/** What the playbook says of agents must be of agents that the plan names, and of environments that there are. */
export function reportAgents(plan: Plan, { agents, environments }: Playbook, reader: PlaybookReader): void {
  const names = Object.keys(environments);
  for (const [agent, { role }] of Object.entries(agents)) {
    if (!plan.agents.includes(agent)) {
      reader.error(
        'agent-unknown',
        ['agents', agent],
        `The plan has no agent "${agent}".`,
        meantBy(agent, plan.agents),
      );
    }
    const unknown = typeof role === 'object' ? Object.keys(role).filter((name) => !names.includes(name)) : [];
    for (const name of unknown) {
      const at = ['agents', agent, 'role', name];
      reader.error('environment-unknown', at, `There is no environment "${name}".`, meantBy(name, names));
    }
  }
}

/** The role that an agent of its own has in an environment; absent: whatever the environment says. */
export function roleOf({ agents }: Playbook, agent: string | undefined, environment: string): string | undefined {
  const role = agent === undefined || !Object.hasOwn(agents, agent) ? undefined : agents[agent]?.role;
  return typeof role === 'object' ? role[environment] : role;
}
