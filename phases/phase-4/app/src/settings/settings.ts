import { z } from 'zod';
import { largestDocument } from '../documents/document.ts';

/** Settings of an environment, which lie as JSON in one SSM parameter. Strict: a key that is missing or unknown is an error. */
export const Settings = z.strictObject({
  pageSize: z.int().min(1).max(100),
  idempotencyHours: z.int().min(1).max(168),
  documents: z.strictObject({
    maxBytes: z.int().min(1).max(largestDocument),
    uploadSeconds: z.int().min(30).max(3600),
    downloadSeconds: z.int().min(30).max(3600),
  }),
});

export type Settings = z.output<typeof Settings>;

/** The secret that signs cursors. Secrets Manager makes it; see infra/application-data.yaml. */
export const CursorSecret = z.strictObject({ key: z.string().min(32) });

/** Secret of the database, as RDS writes it. RDS may add keys of its own. */
export const DatabaseSecret = z.object({ username: z.string().min(1), password: z.string().min(1) });

/**
 * Reads JSON that an operator or another service wrote.
 * @param name of the parameter or secret, for the error; its value never stands there
 */
export function readJson<T extends z.ZodType>(schema: T, name: string, text: string | undefined): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    throw new Error(`${name} is not JSON`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new Error(`${name} does not follow its schema: ${wrong.join('; ')}`);
}
