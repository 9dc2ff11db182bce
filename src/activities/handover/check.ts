import { z } from 'zod';
import { parseHandover, type Provided } from '../../contract/handover.ts';
import { normalise, quoteAll } from '../../base/text.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';

/** `{check: handover}`: the hand-over given at start provides the item that the criterion names. */
export const handoverCheck: CheckDefinition<string | undefined> = {
  kind: 'handover',
  summary: "the previous phase's hand-over provides an item; by default the text of the criterion",
  entry: z.string().min(1).optional(),
  profile: 'work',
  concerns: 'handover',
  expand: (text, criterion) => ({ label: 'hand-over', input: { provides: text ?? criterion.text } }),
  async run({ input }) {
    const { provides: wanted, handover } = checkInput.parse(input);
    if (handover === null) return { state: 'failed', reason: 'no hand-over was given at start; approve instead' };
    const parsed = parseHandover(handover);
    if ('problem' in parsed) return { state: 'failed', reason: `the hand-over cannot be read: ${parsed.problem}` };
    const { phase, provides } = parsed.document;
    const found = provides.find(({ text }) => normalise(text) === normalise(wanted));
    if (found === undefined) {
      return { state: 'failed', reason: `phase ${phase.number} does not hand over "${wanted}"; ${offer(provides)}` };
    }
    // An item that the previous phase waived or overrode was never met.
    const without = /^(waived|overridden) /.exec(found.met ?? '');
    if (without !== null) {
      return { state: 'failed', reason: `in phase ${phase.number} it was ${String(found.met)}; approve instead` };
    }
    const how = found.met === undefined || found.met === '' ? '' : `, ${found.met}`;
    return { state: 'passed', reason: `handed over by phase ${phase.number}${how}` };
  },
};

const checkInput = z.object({
  provides: z.string(),
  /** Added by the workflow: the document that was given at start. */
  handover: z.unknown().transform((document) => document ?? null),
});

const NAMED = 5;

function offer(provides: readonly Provided[]): string {
  const rest = provides.length > NAMED ? ` and ${provides.length - NAMED} more` : '';
  return `it hands over ${quoteAll(provides.slice(0, NAMED).map(({ text }) => text)) || 'nothing'}${rest}`;
}
