import type { ApprovalRule, Criterion } from './gate-model.ts';

/** A person who approves, with their roles. Without a list of roles (open mode) the vote counts for any role. */
export interface Voter {
  readonly by: string;
  readonly roles?: readonly string[];
}

const ANYONE_ONCE: readonly ApprovalRule[] = [{ quorum: 1 }];

/** The approval rules of a criterion, with their default. */
export function rulesOf({ approvers = ANYONE_ONCE }: Pick<Criterion, 'approvers'>): readonly ApprovalRule[] {
  return approvers;
}

/** True when the vote of a person with these roles counts for a rule. Without a list of roles (open mode) every vote does. */
export function speaksFor(rule: ApprovalRule, roles: readonly string[] | undefined): boolean {
  if (roles === undefined) return true;
  return rule.roles === undefined ? roles.length > 0 : rule.roles.some((role) => roles.includes(role));
}

/**
 * Assigns votes to rules. A person counts once, for one rule, however many roles they hold. Without `ordered`, the function finds an
 * assignment that uses as many votes as possible; with `ordered`, votes are taken in order, and rules one after the other.
 *
 * @returns the votes by rule, in the order of the rules
 */
export function assign<V extends Voter>(rules: readonly ApprovalRule[], votes: readonly V[], ordered = false): V[][] {
  return ordered ? assignInOrder(rules, votes) : assignBest(rules, votes);
}

export function isSatisfied(rules: readonly ApprovalRule[], votes: readonly Voter[], ordered = false): boolean {
  const assigned = assign(rules, votes, ordered);
  return rules.every(({ quorum }, index) => (assigned[index]?.length ?? 0) >= quorum);
}

/** Number of votes that count for a rule. */
export function counted(rules: readonly ApprovalRule[], votes: readonly Voter[], ordered = false): number {
  return assign(rules, votes, ordered).reduce((sum, some) => sum + some.length, 0);
}

/** Assigns each vote to the first rule that is not satisfied yet, or to none if it does not count for that rule. */
function assignInOrder<V extends Voter>(rules: readonly ApprovalRule[], votes: readonly V[]): V[][] {
  const assigned: V[][] = rules.map(() => []);
  for (const vote of votes) {
    const index = rules.findIndex(({ quorum }, at) => (assigned[at]?.length ?? 0) < quorum);
    const rule = rules[index];
    if (rule !== undefined && speaksFor(rule, vote.roles)) assigned[index]?.push(vote);
  }
  return assigned;
}

/** Maximum bipartite matching of votes and the rules' seats, by augmenting paths (Kuhn). */
function assignBest<V extends Voter>(rules: readonly ApprovalRule[], votes: readonly V[]): V[][] {
  const seats = rules.flatMap((rule, index) => Array.from({ length: rule.quorum }, () => ({ rule, index })));
  const takenBy: (V | undefined)[] = seats.map(() => undefined);
  const seatVote = (vote: V, tried: Set<number>): boolean => {
    for (const [seat, { rule }] of seats.entries()) {
      if (tried.has(seat) || !speaksFor(rule, vote.roles)) continue;
      tried.add(seat);
      const sitting = takenBy[seat];
      if (sitting === undefined || seatVote(sitting, tried)) {
        takenBy[seat] = vote;
        return true;
      }
    }
    return false;
  };
  for (const vote of votes) seatVote(vote, new Set());
  return rules.map(
    (_, index) => takenBy.filter((vote, seat) => vote !== undefined && seats[seat]?.index === index) as V[],
  );
}
