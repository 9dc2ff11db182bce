import { meantBy } from '../../base/match.ts';
import type { BindContext, Kinds } from '../kinds.ts';
import type { Plan } from '../model.ts';
import { referringTo } from '../references.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { BoundSections, Path } from '../section.ts';
import type { Playbook } from '../playbook/schema.ts';
import { type Deployments, isDeployedLater } from './deployments.ts';

/** Everything that the parts of a plan are bound with. */
export interface Binding {
  readonly plan: Plan;
  readonly playbook: Playbook;
  readonly reader: PlaybookReader;
  readonly kinds: Kinds;
  /** Phase folder name. */
  readonly phase: string;
  readonly sections: BoundSections;
  readonly deployments: Deployments;
  /** Text of every file that the playbook names, by its path in the phase folder; `null` where it is missing. */
  readonly files: { readonly [path: string]: string | null };
}

/** Who and what an entry is for. */
export interface EntryOwner {
  /** Absent: all environments. */
  readonly environments?: ChosenEnvironments | undefined;
  readonly agent?: string;
  /** Absent for a gate of the phase. */
  readonly milestone?: string | undefined;
}

/** Names of environments, and the path to the list of them in the playbook. */
export interface ChosenEnvironments {
  readonly names: readonly string[];
  readonly path: Path;
}

/**
 * The context in which a kind expands the entry at `path`. Its environments are the chosen ones, or all if none were chosen, each with
 * the role that `agent` assumes there.
 */
export function contextFor(binding: Binding, path: Path, owner: EntryOwner): BindContext {
  const { plan, playbook, reader, phase, sections, deployments } = binding;
  const { environments: chosen, agent, milestone } = owner;
  const all = playbook.environments;
  for (const [index, name] of (chosen?.names ?? []).entries()) {
    if (Object.hasOwn(all, name)) continue;
    const at = [...(chosen?.path ?? []), index];
    reader.error('environment-unknown', at, `There is no environment "${name}".`, meantBy(name, Object.keys(all)));
  }
  const every = Object.entries(all).map(([name, environment]) => {
    const role = roleOf(playbook, agent, name);
    if (role === undefined) return [name, environment] as const;
    // Also what belongs to the account, or to no environment, refers to the role in one of them.
    return [name, { ...environment, role: referringTo(name, role), ownRole: environment.role }] as const;
  });
  const environments = every.filter(([name]) => chosen === undefined || chosen.names.includes(name));
  return {
    phase,
    environments: Object.fromEntries(environments),
    everyEnvironment: Object.fromEntries(every),
    bound: (section) => sections.of(section),
    isLater: (address) => isDeployedLater(deployments, plan, address, milestone),
    problem(message, { at = [], ...hints } = {}) {
      reader.error('entry', [...path, ...at], sentence(message), hints);
    },
  };
}

/** Makes a sentence of a kind's message, which may be a fragment. */
function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`;
}

/** Reports entries under `agents` for agents that the plan does not name, and roles for unknown environments. */
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

/** The role that the playbook gives an agent for an environment. Absent: the role of the environment applies. */
function roleOf({ agents }: Playbook, agent: string | undefined, environment: string): string | undefined {
  const role = agent === undefined || !Object.hasOwn(agents, agent) ? undefined : agents[agent]?.role;
  return typeof role === 'object' ? role[environment] : role;
}
