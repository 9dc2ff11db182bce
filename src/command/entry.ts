import ms from 'ms';
import { z } from 'zod';
import type { JsonObject } from '../plan/model.ts';

const programAndArguments = z.array(z.string()).min(1, 'a program and its arguments');

/** With a unit, since `ms` takes a bare number for milliseconds. */
const length = z.string().regex(/^\d+(\.\d+)? ?(s|m|h)$/, 'a length such as 90s, 10m or 2h');

/** `command: [node, suites/verify.mjs]`, or with a time limit and variables of its own. */
export const commandEntry = z.union(
  [
    programAndArguments,
    z.strictObject({
      run: programAndArguments,
      timeout: length.optional(),
      env: z.record(z.string(), z.string()).optional(),
    }),
  ],
  { error: 'a list such as [node, suites/verify.mjs], or {run: [...], timeout: 10m, env: {NAME: value}}' },
);

export type CommandEntry = z.output<typeof commandEntry>;

/** Program and arguments as a person would type them. */
export function commandLine(entry: CommandEntry): string {
  return (Array.isArray(entry) ? entry : entry.run).join(' ');
}

/** The entry as the input of its activity. */
export function commandInput(entry: CommandEntry): JsonObject {
  if (Array.isArray(entry)) return { run: entry };
  const { run, timeout, env } = entry;
  return { run, ...(timeout === undefined ? {} : { timeout }), ...(env === undefined ? {} : { env }) };
}

const input = z.object({
  run: z.array(z.string()),
  timeout: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
});

/** Reads an activity's input back; references in it have been resolved by now. */
export function readCommandInput(given: JsonObject): {
  run: string[];
  timeoutMs?: number;
  env: { [name: string]: string };
} {
  const { run, timeout, env } = input.parse(given);
  return { run, env, ...(timeout === undefined ? {} : { timeoutMs: ms(timeout as ms.StringValue) }) };
}
