import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PermanentError } from '../activities/define.ts';
import type { Notice } from './notice.ts';

/**
 * Appends a notice to a file within the records directory, as one line of JSON.
 *
 * @throws PermanentError when the path leads out of it
 */
export async function appendNotice(notice: Notice, recordsDir: string, path: string): Promise<void> {
  const file = resolve(recordsDir, path);
  const inside = relative(recordsDir, file);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw new PermanentError(`notices ${path}: the path must stay within the records directory`);
  }
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(notice)}\n`);
}
