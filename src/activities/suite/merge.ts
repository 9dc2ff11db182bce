import type { Case } from './parse/cases.ts';

/**
 * What the cases of a suite come to, after they have all run once, and some of them also before or after that, on the same revision.
 *
 * @param whole the run of all cases
 * @param others runs of some cases, in their order
 */
export function merged(whole: readonly Case[], others: readonly (readonly Case[])[]): Case[] {
  const again = new Map<string, Case[]>();
  for (const one of others.flat()) again.set(one.key, [...(again.get(one.key) ?? []), one]);
  return whole.map((one) => outcome(one, again.get(one.key) ?? []));
}

/** A case that has failed and passed is flaky, with the message of its failure. What is skipped in the whole run stays so. */
function outcome(one: Case, others: readonly Case[]): Case {
  if (one.state === 'skipped') return one;
  const all = [one, ...others];
  const failed = all.find(({ state }) => state === 'failed');
  const hasPassed = all.some(({ state }) => state === 'passed' || state === 'flaky');
  if (failed === undefined || !hasPassed) return one;
  const { message, stack } = failed;
  return {
    ...one,
    state: 'flaky',
    ...(message === undefined ? {} : { message }),
    ...(stack === undefined ? {} : { stack }),
  };
}

/** Applies the policy `fail`: a flaky case counts as failed, and its message says so. */
export function withoutFlaky(cases: readonly Case[]): Case[] {
  return cases.map((one) =>
    one.state === 'flaky'
      ? { ...one, state: 'failed', message: `flaky: it has also passed. ${one.message ?? ''}`.trim() }
      : one,
  );
}
