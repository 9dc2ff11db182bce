import type { BindContext } from '../../plan/kinds.ts';
import { referencesIn } from '../../plan/references.ts';
import type { Environment } from '../../plan/section.ts';
import { stacksSection } from './section.ts';

/** The role that acts at a place. */
interface Acting {
  /** Absent for a stack that the account has once. */
  readonly environment?: string;
  readonly role?: string;
}

/**
 * The role that deploys a stack. The stack that makes the role of an agent, and the stacks that this one needs, come before the role:
 * they are deployed in the environment's own.
 */
export function roleFor(stack: string, { role, ownRole }: Environment, context: BindContext): { role?: string } {
  const makers = referencesIn(role ?? '').flatMap((reference) => reference.stack ?? []);
  const acting = makers.some((maker) => comesBefore(stack, maker, context)) ? ownRole : role;
  return acting === undefined ? {} : { role: acting };
}

/** True for the stack itself, and for stacks that have to be deployed before it. */
function comesBefore(stack: string, later: string, context: BindContext): boolean {
  const { before } = context.bound(stacksSection);
  const known = new Set([later]);
  for (const one of known) for (const earlier of before[one] ?? []) known.add(earlier);
  return known.has(stack);
}

/**
 * The place with the environment's own role, if the agent's is one that a stack of the phase makes. What looks ahead, and what deletes,
 * cannot rely on such a role.
 */
export function withOwnRole<Place extends Acting>(place: Place, { everyEnvironment }: BindContext): Place {
  if (referencesIn(place.role ?? '').length === 0) return place;
  const { role: _role, ...rest } = place;
  const { ownRole } = everyEnvironment[place.environment ?? Object.keys(everyEnvironment)[0] ?? ''] ?? {};
  return { ...rest, ...(ownRole === undefined ? {} : { role: ownRole }) } as Place;
}

/** The context of a step that acts in the roles of the environments, and not in that of an agent. */
export function inOwnRoles(context: BindContext): BindContext {
  const own = (environments: BindContext['environments']) =>
    Object.fromEntries(Object.entries(environments).map(([name, environment]) => [name, asItself(environment)]));
  return { ...context, environments: own(context.environments), everyEnvironment: own(context.everyEnvironment) };
}

function asItself(environment: Environment): Environment {
  const { role: _role, ownRole, ...rest } = environment;
  if (!Object.hasOwn(environment, 'ownRole')) return environment;
  return {
    ...rest,
    ...(ownRole === undefined ? {} : { role: ownRole }),
    region: environment.region,
    protected: environment.protected,
  };
}

/** True when the other stack makes the role in which the step at a place acts. */
export function makesRoleOf(
  { role = '' }: Acting,
  { stack, environment }: Acting & { readonly stack: string },
): boolean {
  return referencesIn(role).some(
    (reference) => reference.stack === stack && (environment === undefined || reference.environment === environment),
  );
}
