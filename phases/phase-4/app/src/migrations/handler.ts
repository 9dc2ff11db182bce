import { z } from 'zod';
import type { MigrationResult } from './result.ts';
import { migrateUp, migrationStatus, type RunnerOptions } from './runner.ts';

export const MigrationRequest = z.strictObject({ action: z.enum(['up', 'status']) });

/** The migration function: always answers, and what went wrong is in the answer's `problem`. */
export function migrationHandler(
  options: Omit<RunnerOptions, 'hasTime'>,
): (event: unknown, hasTime: () => boolean) => Promise<MigrationResult> {
  return async (event, hasTime) => {
    const request = MigrationRequest.safeParse(event);
    if (!request.success) {
      const message = 'The event is {"action": "up"} or {"action": "status"}.';
      return {
        ok: false,
        done: false,
        release: options.release,
        schema: [],
        data: [],
        problem: { code: 'bad-request', message },
      };
    }
    const { action } = request.data;
    const runner = { ...options, hasTime };
    const result = action === 'up' ? await migrateUp(runner) : await migrationStatus(runner);
    const level = result.ok ? 'info' : 'error';
    options.log[level]('migration', {
      action,
      ok: result.ok,
      done: result.done,
      problem: result.problem?.code,
      detail: result.problem?.message,
    });
    return result;
  };
}
