import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { plainLine } from '../../base/text.ts';
import { readYaml } from '../../base/yaml.ts';
import { CASES, readUatFact, SESSION_BYTES, SESSIONS, type UatCase } from './model.ts';

/** Bytes of the file, which people write. */
const FILE_BYTES = 1_000_000;

const fileShape = z
  .array(
    z.strictObject({
      key: z.string().regex(/^[\w.-]{1,100}$/, 'letters, digits, ".", "_" and "-"'),
      title: z.string().min(1).max(160),
      steps: z.union([z.string(), z.array(z.string())]),
    }),
  )
  .min(1, 'at least one case')
  .max(CASES, `at most ${CASES} cases`);

/**
 * Reads the cases of a session.
 *
 * @throws PermanentError when there is no such file within the phase folder, or it is not a list of cases
 */
export async function readCases(phaseDir: string, path: string): Promise<UatCase[]> {
  const [root, file] = await Promise.all([realpath(phaseDir), realpath(join(phaseDir, path)).catch(() => undefined)]);
  const inside = file === undefined ? '' : relative(root, file);
  if (file !== undefined && (inside === '' || inside.startsWith('..') || isAbsolute(inside))) {
    throw new PermanentError(`cases ${path}: the path must stay within the phase folder`);
  }
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new PermanentError(`cases ${path}: there is no such file in the phase folder`);
  if (text.length > FILE_BYTES) throw new PermanentError(`cases ${path}: larger than ${FILE_BYTES} bytes`);
  const { value, errors } = readYaml(text);
  const [error] = errors;
  if (error !== undefined) throw new PermanentError(`cases ${path}: ${error.message}`);
  const parsed = fileShape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PermanentError(`cases ${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'no list of cases'}`);
  }
  const keys = parsed.data.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new PermanentError(`cases ${path}: two cases have the key ${twice}`);
  return parsed.data.map(({ key, title, steps }) => ({
    key,
    title: plainLine(title, 160),
    steps: plainLine(typeof steps === 'string' ? steps : steps.join('; '), 1_000),
  }));
}

const slicesShape = z.object({
  uat: z.object({ sessions: z.record(z.string(), z.unknown()) }),
  issues: z.object({ seen: z.record(z.string(), z.object({ at: z.number(), revision: z.string() })) }),
});

/**
 * The revision that a suite has run against last in an environment.
 *
 * @param slices answer of the phase's query
 * @throws PermanentError when none has run there
 */
export function latestRevision(slices: unknown, environment: string): string {
  const { seen } = slicesShape.parse(slices).issues;
  const runs = Object.entries(seen).filter(([run]) => run.endsWith(`/${environment}`));
  const [last] = runs.map(([, run]) => run).toSorted((one, other) => other.at - one.at);
  if (last !== undefined) return last.revision;
  throw new PermanentError(
    `no suite has run in ${environment} yet, so it is not known what people would accept; state "revision"`,
  );
}

/**
 * Makes sure that the phase can keep a session of an environment.
 *
 * @param slices answer of the phase's query
 * @throws PermanentError when it has sessions of too many others
 */
export function checkRoom(slices: unknown, environment: string): void {
  const known = Object.keys(slicesShape.parse(slices).uat.sessions);
  if (known.includes(environment) || known.length < SESSIONS) return;
  throw new PermanentError(
    `a phase has sessions in ${SESSIONS} environments at most, and has them in ${known.join(', ')}: there is no room for ${environment}`,
  );
}

/** @throws PermanentError when it is more than the phase keeps */
export function sessionOf(session: { readonly [key: string]: unknown }): JsonObject {
  const data = JSON.parse(JSON.stringify(session)) as JsonObject;
  if (readUatFact(data) !== undefined) return data;
  throw new PermanentError(
    `the cases are more than ${SESSION_BYTES} bytes together; shorten their steps, or make two sessions`,
  );
}
