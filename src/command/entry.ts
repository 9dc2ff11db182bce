import ms from 'ms';
import { z } from 'zod';
import type { JsonObject } from '../plan/model.ts';

const programAndArguments = z.array(z.string()).min(1, 'a program and its arguments');

/** `command: [node, suites/verify.mjs]`, or with a time limit and variables of its own. */
export const commandEntry = z.union([
  programAndArguments,
  z.strictObject({
    run: programAndArguments,
    timeout: z
      .string()
      .refine((text) => Number.isFinite(ms(text as ms.StringValue)), 'a length such as 10m')
      .optional(),
    env: z.record(z.string(), z.string()).optional(),
  }),
]);

export type CommandEntry = z.output<typeof commandEntry>;

/** The entry as the input of its activity. */
export function commandInput(entry: CommandEntry): JsonObject {
  if (Array.isArray(entry)) return { run: entry };
  const { run, timeout, env } = entry;
  return { run, ...(timeout === undefined ? {} : { timeout }), ...(env === undefined ? {} : { env }) };
}

/** Reads an activity's input back; references in it have been resolved by now. */
export function readCommandInput(input: JsonObject): {
  run: string[];
  timeoutMs?: number;
  env: { [name: string]: string };
} {
  const timeout = input['timeout'];
  return {
    run: (input['run'] as readonly string[]).map(String),
    ...(typeof timeout === 'string' ? { timeoutMs: ms(timeout as ms.StringValue) } : {}),
    env: (input['env'] ?? {}) as { [name: string]: string },
  };
}
