import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../activities/define.ts';
import { sha256 } from '../plan/digest.ts';
import { readTemplate } from '../plan/templates.ts';
import type { TemplateFile } from './deployment.ts';

/**
 * Reads a template, and makes sure that it is the one that was compiled into the plan: what was looked at at the start is what
 * is deployed.
 *
 * @throws PermanentError when it is another one, or cannot be read
 */
export async function readTemplateFile({ folder, path, digest }: TemplateFile): Promise<string> {
  let body: string;
  try {
    body = await readFile(join(folder, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PermanentError(
      code === 'ENOENT'
        ? `Template ${path} does not exist in the phase folder; add it and send retry.`
        : `Template ${path} cannot be read (${String(code)}).`,
    );
  }
  if (sha256(body) !== digest) {
    const read = readTemplate(body);
    const mend =
      'problem' in read
        ? `, and cannot be read: ${read.problem}. Mend it and send retry.`
        : '; send retry to take the new one.';
    throw new PermanentError(`Template ${path} has changed since the phase started${mend}`);
  }
  return body;
}
