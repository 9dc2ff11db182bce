import { z } from 'zod';
import type { JsonObject } from '../plan/model.ts';
import type { CheckResult } from './define.ts';

const result = z.object({
  state: z.enum(['passed', 'warned', 'failed', 'inconclusive']),
  reason: z.string(),
  evidence: z
    .array(z.union([z.string(), z.object({ where: z.string(), sha256: z.string().exactOptional() })]))
    .exactOptional(),
});

const found = z.object({ found: z.record(z.string(), result.extend({ at: z.number() })) });

/** Milliseconds for which what was found speaks for now. */
const LIFETIME_MS = 10 * 60 * 1000;

/**
 * Results of checks that an activity makes one after the other, kept in its heartbeats: an attempt that follows a killed worker, or
 * an error of AWS, goes on where the one before it was, as long as that is not too long ago.
 */
export class ResumedChecks {
  #found: z.output<typeof found>['found'];

  /** @param shown what an earlier attempt has shown last */
  constructor(shown: unknown, now = Date.now()) {
    const earlier = Object.entries(found.safeParse(shown).data?.found ?? {});
    this.#found = Object.fromEntries(earlier.filter(([, { at }]) => at > now - LIFETIME_MS));
  }

  /** For the heartbeats. */
  get details(): JsonObject {
    return found.parse({ found: this.#found });
  }

  /** Everything is looked at again. */
  forget(): void {
    this.#found = {};
  }

  /** What was found before under that name, or what is found now. */
  async run(name: string, look: () => Promise<CheckResult>): Promise<CheckResult> {
    const known = this.#found[name];
    if (known !== undefined) {
      const { at: _, ...before } = known;
      return before;
    }
    const now = result.parse(await look());
    this.#found[name] = { ...now, at: Date.now() };
    return now;
  }
}
