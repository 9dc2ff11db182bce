import ms from 'ms';
import { z } from 'zod';

const SHORTEST_MS = 10;
const LONGEST_MS = 60_000;
const LENGTH = 'a length from 10ms to 1m, such as 500ms or 2s';
const STATUS = 'a status from 200 to 599, such as 200';

const url = z.string({ error: 'a URL such as https://example.com/health' });

/** `http: https://example.com/health`, or with the status and the time of its own. */
export const httpEntry = z.union(
  [
    url,
    z.strictObject({
      url,
      status: z
        .number({ error: STATUS })
        .int(STATUS)
        .min(200, STATUS)
        .max(599, STATUS)
        .optional()
        .describe('Status that it answers with. Default: 200.'),
      within: z
        .string({ error: LENGTH })
        .refine((text) => lengthOf(text) >= SHORTEST_MS && lengthOf(text) <= LONGEST_MS, LENGTH)
        .optional()
        .describe('Time until its status has come. Default: 1s.'),
    }),
  ],
  { error: 'a URL such as https://example.com/health, or {url: …, status: 200, within: 1s}' },
);

export type HttpEntry = z.output<typeof httpEntry>;

/** An entry with its defaults; `within` in milliseconds. */
export function readEntry(entry: HttpEntry): { url: string; status: number; within: number } {
  const { url, status = 200, within = '1s' } = typeof entry === 'string' ? { url: entry } : entry;
  return { url, status, within: lengthOf(within) };
}

/** Milliseconds; not a number without a unit, since `ms` takes a bare number for milliseconds. */
function lengthOf(text: string): number {
  return /^\d+(\.\d+)? ?(ms|s|m)$/.test(text) ? ms(text as ms.StringValue) : Number.NaN;
}
