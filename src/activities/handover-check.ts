import { z } from 'zod';
import { parseHandover } from '../handover/document.ts';
import { normalise } from '../plan/text.ts';
import type { CheckDefinition } from './define.ts';

/** `{check: handover}`: the document given at start provides what the criterion asks for. */
export const handoverCheck: CheckDefinition<string | undefined> = {
  kind: 'handover',
  summary: "the previous phase's hand-over provides it; the criterion's own words unless others are given",
  entry: z.string().optional(),
  profile: 'work',
  expand: (text, criterion) => ({ label: '', input: { provides: text ?? criterion.text } }),
  run: async ({ input }) => {
    // The workflow adds the document, which was given at start.
    const given = input['handover'] ?? null;
    if (given === null) return { state: 'failed', reason: 'no hand-over was given at start; approve instead' };
    const parsed = parseHandover(given);
    if ('problem' in parsed) return { state: 'failed', reason: `the hand-over cannot be read: ${parsed.problem}` };
    const { phase, provides } = parsed.document;
    const { provides: asked } = input;
    const wanted = typeof asked === 'string' ? normalise(asked) : '';
    const found = provides.find(({ text }) => normalise(text) === wanted);
    if (found !== undefined) {
      return { state: 'passed', reason: `phase ${phase.number} hands over: ${found.met ?? found.text}` };
    }
    const offered = provides.map(({ text }) => `"${text}"`).join(', ');
    return {
      state: 'failed',
      reason: `the hand-over of phase ${phase.number} does not provide it; it provides ${offered}`,
    };
  },
};
