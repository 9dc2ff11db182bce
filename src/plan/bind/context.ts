import { meantBy } from '../../base/match.ts';
import type { BindContext, Kinds } from '../kinds.ts';
import type { Plan } from '../model.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { BoundSections, Path } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';

/** What the parts of a plan are bound with. */
export interface Binding {
  readonly plan: Plan;
  readonly playbook: Playbook;
  readonly reader: PlaybookReader;
  readonly kinds: Kinds;
  /** Phase folder name. */
  readonly phase: string;
  readonly sections: BoundSections;
}

/** Names of environments, and where they stand in the playbook. */
export interface ChosenEnvironments {
  readonly names: readonly string[];
  readonly path: Path;
}

/**
 * What a kind may see when it expands the entry at `path`: environments narrowed to the chosen ones, if any were chosen, each with
 * the role in which `agent` acts there.
 */
export function contextFor(binding: Binding, path: Path, chosen?: ChosenEnvironments, agent?: string): BindContext {
  const { playbook, reader, phase, sections } = binding;
  const all = playbook.environments;
  for (const [index, name] of (chosen?.names ?? []).entries()) {
    if (Object.hasOwn(all, name)) continue;
    const at = [...(chosen?.path ?? []), index];
    reader.error('environment-unknown', at, `There is no environment "${name}".`, meantBy(name, Object.keys(all)));
  }
  const every = Object.entries(all).map(([name, environment]) => {
    const role = roleOf(playbook, agent, name) ?? environment.role;
    return [name, role === undefined ? environment : { ...environment, role }] as const;
  });
  const environments = every.filter(([name]) => chosen === undefined || chosen.names.includes(name));
  return {
    phase,
    environments: Object.fromEntries(environments),
    everyEnvironment: Object.fromEntries(every),
    bound: (section) => sections.of(section),
    problem(message, { at = [], ...hints } = {}) {
      reader.error('entry', [...path, ...at], sentence(message), hints);
    },
  };
}

/** Kinds say what is wrong in a few words. */
function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}

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
function roleOf({ agents }: Playbook, agent: string | undefined, environment: string): string | undefined {
  const role = agent === undefined || !Object.hasOwn(agents, agent) ? undefined : agents[agent]?.role;
  return typeof role === 'object' ? role[environment] : role;
}
