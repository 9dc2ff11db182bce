import { AsyncLocalStorage } from 'node:async_hooks';

/** The name of the sessions in which this process acts when nobody in particular does. */
const NOBODY = 'phasegate';
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: 2 to 64 characters of `[\\w+=,.@-]`. */
const LONGEST = 64;

const names = new AsyncLocalStorage<string>();

/**
 * Runs an action whose roles are assumed in sessions with a name of its own. CloudTrail has the name of the session in every event, and
 * AWS has it in every message about a missing permission.
 *
 * @param parts who acts: a phase, and the task whose step it is
 */
export function actAs<T>(parts: readonly string[], action: () => T): T {
  const name = parts.join('-').replace(/[^\w+=,.@-]/g, '-');
  // The end of a long name stays: it is the task.
  return names.run(name.length < 2 ? NOBODY : name.slice(-LONGEST), action);
}

/** The name of the sessions in which the current action assumes roles. */
export function actingName(): string {
  return names.getStore() ?? NOBODY;
}
