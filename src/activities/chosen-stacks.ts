import { z } from 'zod';
import type { BindContext } from '../plan/kinds.ts';
import { knownOwnStacks, ownStacks } from './stack-drafts.ts';

/** `all`, or names of stacks that are deployed here. */
export const chosenStacks = z.union([z.literal('all'), z.array(z.string()).min(1, 'names of stacks')]);

/**
 * The stacks that an entry names, in deployment order. Of what the account has once, `all` means it only where every environment
 * is meant.
 */
export function stacksChosen(entry: z.output<typeof chosenStacks>, why: string, context: BindContext): string[] {
  const isEverywhere = Object.keys(context.environments).length === Object.keys(context.everyEnvironment).length;
  if (entry === 'all') {
    return ownStacks(context).filter((name) => isEverywhere || context.stacks[name]?.per !== 'account');
  }
  const known = knownOwnStacks(entry, why, context);
  return context.stackOrder.filter((name) => known.includes(name));
}
