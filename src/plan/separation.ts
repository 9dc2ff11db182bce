import { gatesOf } from './gate-order.ts';
import type { Gate } from './gate-model.ts';
import type { People, Plan } from './model.ts';
import { statedAt } from './bind-stated.ts';
import type { PlaybookReader } from './playbook-reader.ts';
import type { Playbook } from './playbook.ts';
import { isSatisfied, rulesOf, type Voter } from './quorum.ts';

/** Beyond this many persons a pair of gates is taken to be satisfiable: every division of them is tried. */
const TRIED = 12;

/** Gates whose approvers must differ need enough people for both. Looks at each pair; more than two may still be too many. */
export function reportSeparation(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { people } = plan;
  if (people === undefined) {
    reportNobody(plan, playbook, reader);
    return;
  }
  reportSigners(plan, playbook, people, reader);
  const gates = gatesOf(plan);
  for (const gate of gates) {
    for (const other of gate.policy?.distinctFrom ?? []) {
      const earlier = gates.find(({ id }) => id === other);
      if (earlier === undefined || canDivide(votersOf(people), gate, earlier)) continue;
      const message = `${gate.id} asks for approvers other than those of ${other}, and the people listed are too few for both.`;
      reader.error('policy-unsatisfiable', statedAt(plan, playbook, gate, 'distinctFrom'), message, {
        suggestion: `Give more people the roles that approve there, or take ${other} out of the list.`,
      });
    }
  }
}

/** Signatures need somebody to be from. */
function reportNobody(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const signed = gatesOf(plan).find(({ policy }) => policy?.trust === 'signed');
  if (signed === undefined) return;
  reader.error(
    'policy-unsatisfiable',
    statedAt(plan, playbook, signed, 'trust'),
    `${signed.id} takes signed decisions alone, and nobody is listed in people.`,
  );
}

/** Who cannot sign cannot decide at a gate that takes signed decisions alone. */
function reportSigners(plan: Plan, playbook: Playbook, people: People, reader: PlaybookReader): void {
  const able = Object.entries(people).filter(
    ([, { keys = [], subject }]) => keys.length > 0 || (plan.oidc !== undefined && subject !== undefined),
  );
  const signers = votersOf(Object.fromEntries(able));
  const stuck = gatesOf(plan).filter(
    (gate) =>
      gate.policy?.trust === 'signed' &&
      !canClear(gate, signers) &&
      // Where they could not with keys either, that is told elsewhere.
      canClear(gate, votersOf(people)),
  );
  const places = new Map(stuck.map((gate) => [String(statedAt(plan, playbook, gate, 'trust')), gate]));
  for (const [place, gate] of places) {
    const path = statedAt(plan, playbook, gate, 'trust');
    const ids = stuck.filter((one) => String(statedAt(plan, playbook, one, 'trust')) === place).map(({ id }) => id);
    const message = `Those who could approve have no keys, and signed decisions alone count at ${ids.join(', ')}.`;
    reader.error('policy-unsatisfiable', path, message, {
      suggestion: 'Make some with "npm run keys -- new NAME".',
    });
  }
}

export function votersOf(people: People): Voter[] {
  return Object.entries(people).map(([by, { roles }]) => ({ by, roles }));
}

/** Whether some of the voters satisfy one gate and the others the other. */
function canDivide(voters: readonly Voter[], one: Gate, other: Gate): boolean {
  const relevant = voters.filter(({ roles = [] }) => roles.length > 0);
  if (relevant.length > TRIED) return true;
  for (let chosen = 0; chosen < 2 ** relevant.length; chosen += 1) {
    const mine = relevant.filter((_, index) => (chosen & (1 << index)) !== 0);
    const theirs = relevant.filter((_, index) => (chosen & (1 << index)) === 0);
    if (canClear(one, mine) && canClear(other, theirs)) return true;
  }
  return false;
}

/** Whether these persons together can give every approval that a gate cannot do without. */
export function canClear({ criteria }: Gate, voters: readonly Voter[]): boolean {
  const asked = criteria.filter(
    ({ approval, sameAs }) => sameAs === undefined && (approval === 'only' || approval === 'and'),
  );
  return asked.every((criterion) => isSatisfied(rulesOf(criterion), voters));
}
