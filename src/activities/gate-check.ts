import { z } from 'zod';
import { PermanentError, type CheckDefinition } from './define.ts';

/** `{check: {gate: 4.1/quality}}`: another gate has cleared. The phase answers it itself: it owns every gate. */
export const gateCheck: CheckDefinition<string> = {
  kind: 'gate',
  summary: 'another gate has cleared; "*/quality" means that gate of every milestone',
  entry: z
    .string()
    .regex(/^([^/\s]+\/(entry|exit|quality)|entry|completion)$/, 'a gate such as 4.1/quality, or */quality'),
  profile: 'work',
  expand: (gates) => ({ label: gates, input: { gates } }),
  run: () => Promise.reject(new PermanentError('gate checks are answered by the phase')),
};
