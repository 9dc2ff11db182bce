import { randomUUID } from 'node:crypto';
import { cloudFormation } from '../../src/aws/clients.ts';
import { tearDownStack } from '../../src/activities/stacks/engine/delete.ts';
import { counted } from '../../src/base/text.ts';
import { say, UserError } from '../command-line.ts';
import { inEnvironments, type PlannedPlace } from './places.ts';

export interface TeardownRequest {
  readonly places: readonly PlannedPlace[];
  readonly environments: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** Puts a question to the operator; absent with `--yes`. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/**
 * Deletes stacks in the reverse order of deployment. A stack stays when a stack that depends on it could not be deleted.
 *
 * @returns the exit code: 0 all are gone; 1 some are left
 */
export async function tearDown({ places, environments, signal, ask }: TeardownRequest): Promise<number> {
  const chosen = inEnvironments(places, environments).filter(({ isExisting }) => !isExisting);
  if (chosen.length === 0) throw new UserError('The playbook deploys no stacks there, so there is nothing to delete.');
  refuseProtected(chosen);
  if (ask !== undefined) await confirm(chosen, ask);
  const identity = `teardown/${randomUUID()}`;
  const running = new Map<string, Promise<Outcome>>();
  // In the reverse order of deployment, so that the deletions that a stack waits for have begun.
  for (const place of chosen.toReversed()) {
    const later = chosen.filter(({ before }) => before.has(place.stackName));
    const waits = later.flatMap(({ stackName }) => running.get(stackName) ?? []);
    running.set(place.stackName, afterwards(waits, place, identity, signal));
  }
  const outcomes = await Promise.all(running.values());
  say(summary(outcomes));
  return outcomes.includes('left') ? 1 : 0;
}

type Outcome = 'deleted' | 'absent' | 'left';

function summary(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome) => outcomes.filter((one) => one === wanted).length;
  const total = counted(outcomes.length, 'stack');
  if (count('left') > 0) return `${count('left')} of ${total} ${be(count('left'))} left.`;
  if (count('deleted') === 0) return 'There were no such stacks, so nothing was deleted.';
  const absent = count('absent') === 0 ? '' : `; ${counted(count('absent'), 'other')} had not been there`;
  return `${counted(count('deleted'), 'stack')} ${be(count('deleted'))} gone${absent}.`;
}

function be(count: number): string {
  return count === 1 ? 'is' : 'are';
}

async function afterwards(
  waits: readonly Promise<Outcome>[],
  place: PlannedPlace,
  identity: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const { stackName, region, role } = place;
  if ((await Promise.all(waits)).includes('left')) {
    say(`${stackName}: left, since what depends on it is left`);
    return 'left';
  }
  const teardown = { ...place, client: cloudFormation(region, role), signal, identity };
  let last = '';
  try {
    const outcome = await tearDownStack(teardown, {
      onStatus: (status) => {
        if (status !== last) say(`${stackName}: ${status}`);
        last = status;
      },
    });
    if (outcome === 'absent') say(`${stackName}: is not there`);
    return outcome;
  } catch (error) {
    // Told once, for all of them.
    signal.throwIfAborted();
    say(error instanceof Error ? error.message : String(error));
    return 'left';
  }
}

function refuseProtected(places: readonly PlannedPlace[]): void {
  const guarded = places.filter((place) => place.protected).map(({ environment }) => environment ?? 'account');
  if (guarded.length === 0) return;
  const names = [...new Set(guarded)].join(', ');
  throw new UserError(`Nothing was deleted: ${names} is protected. Name the others with --environment.`);
}

async function confirm(places: readonly PlannedPlace[], ask: (question: string) => Promise<string>): Promise<void> {
  for (const name of new Set(places.map(({ environment }) => environment ?? 'account'))) {
    const stacks = places.filter(({ environment }) => (environment ?? 'account') === name);
    say(`${name}: ${stacks.map(({ stackName }) => stackName).join(', ')}`);
    const what =
      stacks.length === 1
        ? 'This stack and all that it holds is'
        : `These ${stacks.length} stacks and all that they hold are`;
    const question = `${what} deleted. Type "${name}" to go on: `;
    if ((await ask(question)) !== name) throw new UserError('Nothing was deleted.');
  }
}
