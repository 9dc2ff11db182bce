import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';
import { severities, type Severity } from '../../plan/severity.ts';
import { ISSUES } from './model.ts';

/** `{check: {issues: {severity: medium}}}`, or `{check: issues}` for issues of every severity. */
export const issuesCheck: CheckDefinition<{ severity: Severity } | undefined> = {
  kind: ISSUES,
  summary: 'no issue is open, or resolved without a retest, at a severity or above',
  entry: z.strictObject({ severity: z.enum(severities).describe('The lowest severity that counts.') }).optional(),
  profile: 'work',
  concerns: 'state',
  expand: (entry) => {
    const severity = entry?.severity ?? 'low';
    return { label: severity === 'low' ? 'none' : `none at ${severity} or above`, input: { severity } };
  },
  run: () => Promise.reject(new PermanentError('a check of issues is answered by the phase itself')),
};
