import ms from 'ms';
import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import { isRecord, type JsonObject } from '../../base/json.ts';

const programAndArguments = z.array(z.string()).min(1, 'a program and its arguments');

/** A length of time. The unit is required, because `ms` reads a bare number as milliseconds. */
const length = z.string().regex(/^\d+(\.\d+)? ?(s|m|h)$/, 'a length such as 90s, 10m or 2h');

/** `command: [node, suites/verify.mjs]`, or the long form with a time limit and environment variables. */
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

/** Program and arguments as one line. */
export function commandLine(entry: CommandEntry): string {
  return (Array.isArray(entry) ? entry : entry.run).join(' ');
}

/** Converts an entry to the input of its activity. */
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

/** Reads the input of an activity, in which references have been resolved. */
export function readCommandInput(given: JsonObject): {
  run: string[];
  timeoutMs?: number;
  env: { [name: string]: string };
} {
  const { run, timeout, env } = input.parse(given);
  return { run, env, ...(timeout === undefined ? {} : { timeoutMs: ms(timeout as ms.StringValue) }) };
}

const jsonObject = z.custom<JsonObject>(isRecord, 'an object');

/** The answer of a program: the last JSON object on its standard output. */
const answer = z.looseObject({
  outputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).optional(),
  evidence: z
    .array(z.union([z.string(), z.object({ where: z.string(), sha256: z.string().exactOptional() })]))
    .optional(),
  note: z.string().optional(),
  state: z.enum(['passed', 'warned', 'failed', 'inconclusive']).optional(),
  // What suites have found, only their steps tell: a program that an agent has written must not be able to say that its tests pass.
  facts: z
    .array(z.object({ topic: z.literal('fix', { error: 'the topic "fix"' }), key: z.string(), data: jsonObject }))
    .optional(),
});

export type Answer = Pick<z.output<typeof answer>, 'outputs' | 'evidence' | 'note' | 'state' | 'facts'>;

const LONGEST_NOTE = 500;

/**
 * Reads the answer of a program. If it prints no JSON object, its last line is the note.
 *
 * @throws PermanentError when the answer has another form
 */
export function readAnswer(output: string): Answer {
  const found = lastObject(output);
  if (found === undefined || !['outputs', 'evidence', 'note', 'state', 'facts'].some((key) => key in found)) {
    const line = lastLines(output, 1);
    return line === '' ? {} : { note: line };
  }
  const parsed = answer.safeParse(found);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError(`its answer cannot be used: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { outputs, evidence, note, state, facts } = parsed.data;
  return {
    ...(outputs === undefined ? {} : { outputs }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(state === undefined ? {} : { state }),
    ...(facts === undefined ? {} : { facts }),
    ...(note === undefined ? {} : { note: note.slice(0, LONGEST_NOTE) }),
  };
}

/** The last lines that are not blank, cut to a length that suits a history. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n').trim().slice(-LONGEST_NOTE);
}

/** The JSON object at the end of the output, on one line or several. */
function lastObject(output: string): object | undefined {
  const lines = output.trimEnd().split('\n');
  for (let first = lines.length - 1; first >= 0; first -= 1) {
    if (lines[first]?.startsWith('{') !== true) continue;
    try {
      return JSON.parse(lines.slice(first).join('\n')) as object;
    } catch {
      // This brace does not begin the object; the brace of an earlier line may.
    }
  }
  return undefined;
}
