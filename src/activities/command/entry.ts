import ms from 'ms';
import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';

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

/** What a program says of its work, as the last JSON object on its standard output. */
const answer = z.looseObject({
  outputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).optional(),
  evidence: z
    .array(z.union([z.string(), z.object({ where: z.string(), sha256: z.string().exactOptional() })]))
    .optional(),
  note: z.string().optional(),
  state: z.enum(['passed', 'warned', 'failed', 'inconclusive']).optional(),
});

export type Answer = Pick<z.output<typeof answer>, 'outputs' | 'evidence' | 'note' | 'state'>;

const LONGEST_NOTE = 500;

/**
 * Reads the answer of a program. One that just prints is understood too: its last line is the note.
 *
 * @throws PermanentError when it answers, but not in this form
 */
export function readAnswer(output: string): Answer {
  const found = lastObject(output);
  if (found === undefined || !['outputs', 'evidence', 'note', 'state'].some((key) => key in found)) {
    const line = lastLines(output, 1);
    return line === '' ? {} : { note: line };
  }
  const parsed = answer.safeParse(found);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError(`its answer cannot be used: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { outputs, evidence, note, state } = parsed.data;
  return {
    ...(outputs === undefined ? {} : { outputs }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(state === undefined ? {} : { state }),
    ...(note === undefined ? {} : { note: note.slice(0, LONGEST_NOTE) }),
  };
}

/** The last lines that say something, clipped so that they fit into a history. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n').trim().slice(-LONGEST_NOTE);
}

/** The JSON object that the output ends with, on one line or over several. */
function lastObject(output: string): object | undefined {
  const lines = output.trimEnd().split('\n');
  for (let first = lines.length - 1; first >= 0; first -= 1) {
    if (lines[first]?.startsWith('{') !== true) continue;
    try {
      return JSON.parse(lines.slice(first).join('\n')) as object;
    } catch {
      // A brace at the beginning of a line that is no beginning of an object; an earlier one may be.
    }
  }
  return undefined;
}
