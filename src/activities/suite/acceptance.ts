import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import { meantBy } from '../../base/match.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';
import { suitesSection } from './section.ts';

const acceptanceEntry = z.strictObject({
  gates: z
    .array(
      z.string().regex(/^([^/\s]+\/([^/\s]+\/)?(entry|exit|quality)|entry|completion)$/, 'a gate such as 4.2/exit'),
    )
    .min(1, 'gates such as 4.2/exit')
    .describe('Gates whose criteria are to be accepted; "*/exit" means that gate of every milestone.'),
  suites: z
    .array(z.string())
    .min(1, 'names of suites')
    .optional()
    .describe('Suites whose cases count; all unless stated.'),
});

/** `{check: {acceptance: {gates: [4.2/exit]}}}`: each criterion of the gates has a case that passes, and none that fails. */
export const acceptanceCheck: CheckDefinition<z.output<typeof acceptanceEntry>> = {
  kind: 'acceptance',
  summary: 'each criterion of some gates has a case of a suite that passes, and none that fails',
  entry: acceptanceEntry,
  profile: 'work',
  concerns: 'state',
  expand({ gates, suites }, context) {
    const known = Object.keys(context.bound(suitesSection).suites);
    for (const [index, name] of (suites ?? []).entries()) {
      if (known.includes(name)) continue;
      context.problem(`there is no suite "${name}"`, { at: ['suites', index], ...meantBy(name, known) });
    }
    // By their names, so that what a suite has told that has another name now, or is gone, does not count.
    return { label: gates.join(', '), input: { gates, suites: suites ?? known } };
  },
  // The phase knows the results of all suites, and answers this check without an activity.
  run: () => Promise.reject(new PermanentError('an acceptance check is answered by the phase itself')),
};
