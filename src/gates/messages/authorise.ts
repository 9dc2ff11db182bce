import { own } from '../../base/json.ts';
import type { Criterion } from '../../plan/gate-model.ts';
import type { Person } from '../../plan/model.ts';
import { meant } from './shape.ts';
import type { GatesState } from '../model.ts';
import { rulesOf, speaksFor } from '../../plan/quorum.ts';

/** A sender as the playbook knows them. In open mode everyone is `anyone`. */
export type Sender = { readonly kind: 'anyone' } | { readonly kind: 'listed'; readonly person: Person };

/** `undefined`: people are listed, and this is none of them. */
export function senderOf(state: GatesState, by: string): Sender | undefined {
  if (state.people === null) return { kind: 'anyone' };
  const person = own(state.people, by);
  return person === undefined ? undefined : { kind: 'listed', person };
}

/** Why a person of that name cannot be a sender. */
export function unlisted(state: GatesState, by: string): string {
  return `no person in the playbook is called ${meant(by, Object.keys(state.people ?? {}))}`;
}

/** Whether a sender holds a role that has a say in a criterion. */
export function hasApprover(sender: Sender, criterion: Criterion): boolean {
  if (criterion.approval === 'no') return false;
  const roles = sender.kind === 'anyone' ? undefined : sender.person.roles;
  return rulesOf(criterion).some((rule) => speaksFor(rule, roles));
}

/** "Stakeholder (held by dana)" for a criterion's approvers. */
export function rolesInWords(state: GatesState, criterion: Criterion): string {
  const roles = approverRoles(criterion);
  return roles.length === 0 ? 'a person who holds a role' : roleInWords(state, roles);
}

/** Roles that a criterion's rules name, each once. */
export function approverRoles(criterion: Criterion): string[] {
  return [...new Set(rulesOf(criterion).flatMap(({ roles = [] }) => roles))];
}

/** Whether a sender may retry, skip, waive, reject, resubmit, recheck, hold and release. */
export function mayOperate(state: GatesState, sender: Sender): boolean {
  if (sender.kind === 'anyone' || state.operators === null) return true;
  return sender.person.roles.some((role) => state.operators?.includes(role) === true);
}

/** Whether a sender speaks for one of the agents. */
export function holdsOne(sender: Sender, agents: readonly string[]): boolean {
  return sender.kind === 'anyone' || sender.person.agents.some((agent) => agents.includes(agent));
}

/** "Stakeholder (held by dana)", for denials. */
export function roleInWords(state: GatesState, roles: readonly string[]): string {
  const holders = Object.entries(state.people ?? {}).filter(([, person]) =>
    person.roles.some((role) => roles.includes(role)),
  );
  const names = holders.length === 0 ? 'held by no person' : `held by ${holders.map(([id]) => id).join(', ')}`;
  return `${roles.join(' or ')} (${names})`;
}

/** "Build Agent (held by ines)", for denials. */
export function agentInWords(state: GatesState, agents: readonly string[]): string {
  const holders = Object.entries(state.people ?? {}).filter(([, person]) =>
    person.agents.some((one) => agents.includes(one)),
  );
  const names = holders.length === 0 ? 'held by no person' : `held by ${holders.map(([id]) => id).join(', ')}`;
  return `${agents.join(' or ')} (${names})`;
}

/** The operators' roles in words. */
export function operatorsInWords(state: GatesState): string {
  return roleInWords(state, state.operators ?? []);
}
