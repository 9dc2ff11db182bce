import type { Gate } from '../plan/gate-model.ts';

/**
 * Whether whoever starts a phase `from` a later milestone may count this gate as cleared by their word alone. Not where decisions
 * are signed, unless the policy says so: a name in the start's input proves nothing.
 */
export function mayCountBeforehand({ policy }: Gate): boolean {
  const stated = policy?.beforehand ?? (policy?.trust === 'signed' ? 'forbid' : 'allow');
  return stated === 'allow';
}
