import { meantBy } from '../../base/match.ts';
import type { ApprovalRule, Criterion } from '../gate-model.ts';
import type { People, Plan } from '../model.ts';
import type { PlaybookApprover, PlaybookCriterion } from '../playbook/gates-schema.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Path } from '../section.ts';
import { isSatisfied, speaksFor, type Voter } from '../quorum.ts';
import type { Binding } from './context.ts';

/** The approvers of a criterion, from its entry. Reports an approval that the listed people cannot give: the gate would never clear. */
export function approversOf(
  { playbook, reader }: Binding,
  path: Path,
  { approve, orApprove, ordered }: PlaybookCriterion,
): Pick<Criterion, 'approvers' | 'ordered'> {
  const written = approve ?? orApprove;
  if (written === undefined || written === true) return {};
  const approvers = rulesOf(written);
  const key = approve === undefined ? 'orApprove' : 'approve';
  if (playbook.people !== undefined) {
    const voters = Object.entries(playbook.people).map(([by, { roles }]) => ({ by, roles }));
    const held = [...new Set(voters.flatMap(({ roles }) => roles))];
    const unheld = approvers.flatMap(({ roles = [] }) => (roles.some((role) => held.includes(role)) ? [] : roles));
    const [role] = unheld;
    const hints = role === undefined ? mendOf(approvers, voters) : meantBy(role, held);
    const reason = role === undefined ? tooFew(approvers, voters) : `No person holds the role "${role}".`;
    if (approve === undefined && role !== undefined) reader.finding('role-unheld', [...path, key], reason, hints);
    else if (!isSatisfied(approvers, voters)) reader.error('policy-unsatisfiable', [...path, key], reason, hints);
  }
  return { approvers, ...(ordered === true ? { ordered } : {}) };
}

function rulesOf(written: Exclude<PlaybookApprover, true>): ApprovalRule[] {
  const list = Array.isArray(written) ? written : [written];
  return list.map((one) => {
    if (typeof one === 'string') return { roles: [one], quorum: 1 };
    const roles = typeof one.role === 'string' ? [one.role] : one.role;
    return { ...(roles === undefined ? {} : { roles }), quorum: one.quorum };
  });
}

/** Describes rules that cannot be satisfied, and the people whose votes count for them. */
function tooFew(approvers: readonly ApprovalRule[], voters: readonly Voter[]): string {
  const asked = approvers.map((rule) => `${String(rule.quorum)} ${inWords(rule)}`).join(' and ');
  const there = approvers.map((rule) => {
    const names = holders(rule, voters);
    const are = names.length === 1 ? 'there is 1' : `there are ${String(names.length)}`;
    return approvers.length === 1 ? `${are} (${names.join(', ')})` : `${inWords(rule)}: ${names.join(', ')}`;
  });
  const once = approvers.length === 1 ? '' : ', and a person counts once';
  return `The people listed cannot give this approval: it asks for ${asked}${once}; ${there.join('; ')}.`;
}

function mendOf(approvers: readonly ApprovalRule[], voters: readonly Voter[]): { suggestion: string } {
  const [first] = approvers;
  if (approvers.length !== 1 || first === undefined) {
    return { suggestion: 'Ask for fewer, or give more people in "people" one of the roles.' };
  }
  const there = holders(first, voters).length;
  const lower = there === 0 ? '' : `Write quorum: ${String(there)}, or g`;
  const missing = String(first.quorum - there);
  return { suggestion: `${lower === '' ? 'G' : lower}ive ${missing} more in "people" the role ${inWords(first)}.` };
}

function inWords({ roles }: ApprovalRule): string {
  return roles?.join(' or ') ?? 'of any role';
}

function holders(rule: ApprovalRule, voters: readonly Voter[]): string[] {
  return voters.filter(({ roles }) => speaksFor(rule, roles)).map(({ by }) => by);
}

/** Reports people with unknown agents, shared keys and subjects, and agents and operator roles that no person holds. */
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
    reader.finding('role-unheld', ['operators', index], `No person holds the role "${role}".`, meantBy(role, roles));
  }
  reportAgents(plan, new Set(Object.values(people).flatMap((person) => person.agents)), reader);
}

/** Reports a key that two people share: its holder could decide as both. */
function reportSharedKeys(people: People, reader: PlaybookReader): void {
  const owners = new Map<string, string>();
  for (const [id, { keys = [] }] of Object.entries(people)) {
    for (const [index, key] of keys.entries()) {
      const { x } = key;
      const owner = owners.get(x);
      owners.set(x, owner ?? id);
      if (owner === undefined) continue;
      const message =
        owner === id ? `${id} has this key already.` : `${owner} has the same key; a key belongs to one person.`;
      reader.error('key-twice', ['people', id, 'keys', index], message, { suggestion: 'Leave one of them out.' });
    }
  }
}

/** Reports a subject that two people share: one account at the provider could decide as both. */
function reportSharedSubjects(people: People, reader: PlaybookReader): void {
  const owners = new Map<string, string>();
  for (const [id, { subject }] of Object.entries(people)) {
    if (subject === undefined) continue;
    const owner = owners.get(subject);
    owners.set(subject, owner ?? id);
    if (owner === undefined) continue;
    const message = `${owner} has the same subject; a subject belongs to one person.`;
    reader.error('subject-twice', ['people', id, 'subject'], message, { suggestion: 'Leave one of them out.' });
  }
}

function reportAgents(plan: Plan, held: ReadonlySet<string>, reader: PlaybookReader): void {
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  // A lane without an agent is a finding of its own.
  const unstaffed = tasks.filter(({ steps, agent }) => steps.length === 0 && agent !== '' && !held.has(agent));
  for (const agent of new Set(unstaffed.map((task) => task.agent))) {
    const refs = unstaffed.filter((task) => task.agent === agent).map(({ ref }) => ref);
    reader.finding('agent-unheld', ['people'], `No person holds "${agent}", which has to complete ${refs.join(', ')}.`);
  }
  for (const { ref, inputs } of tasks) {
    for (const { agent } of inputs.filter((input) => !held.has(input.agent))) {
      reader.finding('agent-unheld', ['people'], `No person holds "${agent}", which has to give ${ref} an input.`);
    }
  }
}
