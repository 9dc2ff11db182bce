import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../activities/define.ts';
import { sha256 } from '../plan/digest.ts';
import { readTemplate } from '../plan/templates.ts';
import type { TemplateFile } from './deployment.ts';

/** A template that cannot be deployed as it is. */
export class TemplateError extends PermanentError {
  /** What is wrong, without what a running phase needs next. */
  readonly found: string;

  /** @param next the rest of the message, from its punctuation on */
  constructor(found: string, next: string) {
    super(`${found}${next}`);
    this.found = `${found}.`;
  }
}

/**
 * Reads a template, and makes sure that it is the one that was compiled into the plan: what was looked at at the start is what
 * is deployed.
 *
 * @throws TemplateError when it is another one, or cannot be read
 */
export async function readTemplateFile({ folder, path, digest }: TemplateFile): Promise<string> {
  let body: string;
  try {
    body = await readFile(join(folder, path), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT'
      ? new TemplateError(`Template ${path} does not exist in the phase folder`, '; add it and send retry.')
      : new TemplateError(`Template ${path} cannot be read (${String(code)})`, '; mend that and send retry.');
  }
  if (sha256(body) !== digest) {
    const read = readTemplate(body);
    const found = `Template ${path} has changed since the phase started`;
    throw 'problem' in read
      ? new TemplateError(`${found}, and cannot be read: ${read.problem}`, '. Mend it and send retry.')
      : new TemplateError(found, '; send retry to take the new one.');
  }
  return body;
}
