/** Access tokens of people in groups, and of the machine client. Each is made when a case first needs it, and kept for the run. */
import { signIn, signUp } from '../../../app/test/support/people.ts';
import { machineToken } from '../../machine.mjs';

const made = new Map();

/** Groups of those who call. */
export const GROUPS = {
  viewer: ['viewer'],
  operator: ['operator'],
  admin: ['admin'],
  'a viewer who is admin as well': ['viewer', 'admin'],
  'a person in no group': [],
};

/** @param {keyof typeof GROUPS | 'machine'} who */
export function tokenOf(who) {
  return once(who, async () => (who === 'machine' ? machineToken(process.env) : (await tokensOf(who)).access_token));
}

/** All tokens of somebody. */
export function tokensOf(who) {
  return once(`${who}, tokens`, async () => signIn(await signUp(...GROUPS[who])));
}

/** A failure is not kept: each case that needs the value fails by itself. */
export function once(name, make) {
  if (!made.has(name)) {
    const making = make();
    made.set(name, making);
    making.catch(() => made.delete(name));
  }
  return made.get(name);
}
