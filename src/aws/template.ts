import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../activities/define.ts';
import { sha256 } from '../plan/digest.ts';

/** What a request can carry, in bytes of UTF-8; larger templates have to lie in S3. */
const LARGEST_BODY = 51_200;

/**
 * Reads a template, and makes sure that it is the one that was compiled into the plan: what was looked at at the start is what
 * is deployed.
 *
 * @param path within the phase folder
 * @param digest hex SHA-256 that the compilation recorded; `null` where the file was missing
 */
export async function readTemplateBody(phaseDir: string, path: string, digest: string | null): Promise<string> {
  let body: string;
  try {
    body = await readFile(join(phaseDir, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PermanentError(
      code === 'ENOENT'
        ? `Template ${path} does not exist in the phase folder; add it and send retry.`
        : `Template ${path} cannot be read (${String(code)}).`,
    );
  }
  if (sha256(body) !== digest) {
    throw new PermanentError(`Template ${path} has changed since the phase started; send retry to take the new one.`);
  }
  const bytes = Buffer.byteLength(body);
  if (bytes > LARGEST_BODY) {
    throw new PermanentError(
      `Template ${path} has ${bytes} bytes; CloudFormation takes at most ${LARGEST_BODY} in a request. Split it.`,
    );
  }
  return body;
}
