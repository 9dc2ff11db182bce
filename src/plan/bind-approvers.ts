import type { Binding } from './bind-context.ts';
import { meantBy } from './match.ts';
import type { ApprovalRule, Criterion } from './gate-model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookApprover, PlaybookCriterion } from './playbook-gates.ts';
import { isSatisfied, speaksFor, type Voter } from './quorum.ts';

/** Who approves a criterion, by its entry. An approval that the people listed cannot give would keep the gate closed for ever. */
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
    const reason = role === undefined ? tooFew(approvers, voters) : `Nobody holds the role "${role}".`;
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

/** A rule in words, and who speaks for it. */
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
