import { z } from 'zod';
import { matchesGate } from '../../plan/walk.ts';
import { PermanentError } from '../../base/errors.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';

/** `{check: {gate: 4.1/quality}}`: another gate has cleared. */
export const gateCheck: CheckDefinition<string> = {
  kind: 'gate',
  summary: 'another gate has cleared; "*/quality" means that gate of every milestone',
  entry: z
    .string()
    .regex(/^([^/\s]+\/(entry|exit|quality)|entry|completion)$/, 'a gate such as 4.1/quality, or */quality'),
  profile: 'work',
  concerns: 'gates',
  expand(gates, context) {
    if (matchesGate(gates, context.gate)) {
      context.problem(`gate ${context.gate} would wait for itself`, { expected: 'another gate' });
    }
    return { label: gates, input: { gates } };
  },
  // The phase owns all gates, and answers this check without an activity.
  run: () => Promise.reject(new PermanentError('a gate check is answered by the phase itself')),
};
