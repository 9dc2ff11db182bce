import { accountOf } from '../../aws/clients.ts';
import { explainError } from '../../aws/errors.ts';
import { aFewAtATime } from '../../base/async.ts';
import { conclude, fails, type Conclusion, type Finding } from './finding.ts';
import { readLive, type Environment, type Look } from './environment.ts';

export interface LookOptions {
  /** The kind of things that are looked at, in the plural: `alarms`. */
  readonly things: string;
  /**
   * The scope in which at least one thing must exist: every environment, or, for things that serve several environments, every
   * account, or every region of it, that has an environment.
   */
  readonly needed: 'everywhere' | 'in each account' | 'in each region';
}

/**
 * Looks at every environment and draws the conclusion. An environment without any of the things fails, because the things have not
 * been set up.
 *
 * @throws PermanentError when an operator has to mend permissions; any other error is worth another attempt
 */
export async function lookEverywhere(
  environments: readonly Environment[],
  look: Look,
  { things, needed }: LookOptions,
): Promise<Conclusion> {
  const found = await aFewAtATime(environments, (environment) => lookAt(environment, look));
  const having = environments.filter((_, index) => found[index]?.length !== 0);
  const empty = environments.filter((one) => !having.includes(one) && one.name !== 'account');
  const served = await aFewAtATime(empty, (one) => isServed(one, having, needed));
  const lacking = empty.filter((_, index) => served[index] !== true);
  const names = environments.map(({ name }) => name);
  const findings = [...found.flat(), ...lacking.map(({ name }) => fails(name, `has no ${things} in its stacks`))];
  return conclude(findings, things, names.join(', '));
}

/** True when the things of another environment, or of the account, serve this environment as well. */
async function isServed(
  environment: Environment,
  having: readonly Environment[],
  needed: LookOptions['needed'],
): Promise<boolean> {
  if (needed === 'everywhere') return false;
  const near = having.filter(({ region }) => needed === 'in each account' || region === environment.region);
  if (near.some(({ role }) => role === environment.role)) return true;
  if (near.length === 0) return false;
  // Another role may belong to the same account.
  return explainedIn(environment, async () => {
    const account = await accountOf(environment);
    const others = await aFewAtATime(near, (one) => accountOf(one));
    return others.includes(account);
  });
}

async function lookAt(environment: Environment, look: Look): Promise<Finding[]> {
  return explainedIn(environment, async () => {
    // A signal for each look, since Node warns of a leak when many requests listen to one signal.
    const { live, missing } = await readLive({ ...environment, signal: AbortSignal.any([environment.signal]) });
    return [...missing, ...(await look(live))];
  });
}

async function explainedIn<T>({ name, region, signal }: Environment, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // An aborted request fails with an error of the SDK, which does not carry the reason of the abort.
    signal.throwIfAborted();
    throw explainError(error, { subject: `Environment ${name}`, service: `AWS in ${region}` });
  }
}
