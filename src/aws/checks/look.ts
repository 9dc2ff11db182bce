import { explainError } from '../errors.ts';
import { aFewAtATime } from './at-a-time.ts';
import { conclude, fails, type Conclusion, type Finding } from './finding.ts';
import { readLive, type Environment, type Look } from './live.ts';

export interface LookOptions {
  /** What is looked at, in the plural: `alarms`. */
  readonly things: string;
  /** Where there must be one at least. `somewhere`: for what an account has once. */
  readonly needed: 'everywhere' | 'somewhere';
}

/**
 * Looks at every environment and draws the conclusion. An environment without any of the things fails: what is not there was not
 * set up.
 *
 * @throws PermanentError when somebody has to mend permissions; any other error is worth another attempt
 */
export async function lookEverywhere(
  environments: readonly Environment[],
  look: Look,
  { things, needed }: LookOptions,
): Promise<Conclusion> {
  const found = await aFewAtATime(environments, (environment) => lookAt(environment, look));
  const isAccount = (index: number) => environments[index]?.name === 'account';
  const empty = environments.filter((_, index) => found[index]?.length === 0 && !isAccount(index));
  const nothing = found.every((findings) => findings.length === 0);
  const lacking = needed === 'everywhere' || nothing ? empty : [];
  const names = environments.map(({ name }) => name);
  const findings = [...found.flat(), ...lacking.map(({ name }) => fails(name, `has no ${things} in its stacks`))];
  return conclude(findings, things, names.join(', '));
}

async function lookAt(environment: Environment, look: Look): Promise<Finding[]> {
  const { name, region, signal } = environment;
  try {
    // One of its own, since Node warns of a leak when many requests listen to one signal.
    const { live, missing } = await readLive({ ...environment, signal: AbortSignal.any([signal]) });
    return [...missing, ...(await look(live))];
  } catch (error) {
    // An aborted request fails with an error of the SDK's own, which says nothing of who aborted it.
    signal.throwIfAborted();
    throw explainError(error, { subject: `Environment ${name}`, service: `AWS in ${region}` });
  }
}
