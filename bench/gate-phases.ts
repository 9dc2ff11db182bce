import { newKey, readKey } from '../src/identity/keys.ts';
import { plan, playbook } from './shape.ts';

/** Files of a phase folder. */
export interface PhaseFiles {
  readonly plan: string;
  readonly playbook: string;
}

/** Name of the phase whose milestones' entry gates require signed approvals by two of these three people. */
export const SIGNED = 'signed';
export const people = ['dana', 'lena', 'omar'] as const;
export type Person = (typeof people)[number];

const keys = Object.fromEntries(people.map((person) => [person, newKey('EdDSA')]));

/** A person's private key. */
export function keyOf(person: Person) {
  return readKey(keys[person]?.pem ?? '');
}

const peopleListed = [
  'people:',
  ...people.map((person) => `  ${person}: {roles: [Stakeholder], keys: [${JSON.stringify(keys[person]?.jwk)}]}`),
];

const twoSigned = ['entry: {policy: {trust: signed}, 1: {approve: {role: Stakeholder, quorum: 2}}}'];

export const signedPhase: PhaseFiles = {
  plan,
  playbook: [...peopleListed, playbook(twoSigned)].join('\n'),
};

/** A phase whose entry gate has the given number of criteria, each approved by a Stakeholder. */
export function phaseOfCriteria(count: number): PhaseFiles {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const criteria = numbers.map((number) => `- Criterion ${String(number)} of the plan holds (Phase 8 completion)`);
  const asked = numbers.map((number) => `    ${String(number)}: {approve: Stakeholder}`);
  return {
    plan: plan.replace('- Plan approved (Phase 8 completion)', criteria.join('\n')),
    playbook: [...peopleListed, 'gates:', '  entry:', ...asked, playbook()].join('\n'),
  };
}

/** Folder name of such a phase. */
export function nameOfCriteria(count: number): string {
  return `criteria-${String(count)}`;
}
