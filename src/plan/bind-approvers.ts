import type { Binding } from './bind-context.ts';
import { meantBy } from './match.ts';
import type { ApprovalRule, Criterion } from './model.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookApprover, PlaybookCriterion } from './playbook-gates.ts';
import { isSatisfied } from './quorum.ts';

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
    const hints = role === undefined ? {} : meantBy(role, held);
    const reason = role === undefined ? tooFew(approvers) : `Nobody holds the role "${role}".`;
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

function tooFew(approvers: readonly ApprovalRule[]): string {
  const asked = approvers.map(({ roles, quorum }) => `${quorum} ${roles?.join(' or ') ?? 'of any role'}`).join(' and ');
  return `The people listed cannot give this approval: it asks for ${asked}, and a person counts once.`;
}
