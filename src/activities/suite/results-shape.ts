import { z } from 'zod';
import { severity } from './shape.ts';
import type { SuitesState } from './results.ts';

const text = z.string();
const texts = z.array(text);
const count = z.number();
const cases = z.object({ total: count, passed: count, failed: count, skipped: count, flaky: count });
const counted = { at: text, revision: text, cases };

/** The shape of what the phase keeps of suites, for activities: the phase itself has no validation library. */
export const suitesState: z.ZodType<SuitesState> = z.object({
  results: z.record(
    text,
    z.object({
      ...counted,
      ...{ suite: text, environment: text, caseSet: text, component: text, agent: text, severity },
      result: z.object({ where: text, sha256: text }),
      ...{ failing: texts, skipped: texts, flaky: texts },
      criteria: z.record(text, z.object({ passed: count, failed: count })),
    }),
  ),
  history: z.record(text, z.array(z.object({ ...counted, sha256: text }))),
});
