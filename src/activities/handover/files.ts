import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { PermanentError } from '../../base/errors.ts';
import { safeName } from '../../base/text.ts';
import { finalReport } from './report.ts';
import { type HandoverDocument, handoverText, parseHandover } from '../../contract/handover.ts';
import type { RecordStore } from '../../store/store.ts';

/**
 * Reads the hand-over given at start: a path within the phase folder, or the document itself.
 *
 * @throws PermanentError when the path leaves the folder, or the file is missing or is not a hand-over
 */
export async function readHandover(phaseDir: string, given: unknown): Promise<HandoverDocument> {
  const name = typeof given === 'string' ? `hand-over ${given}` : 'hand-over';
  const parsed = parseHandover(typeof given === 'string' ? await readJson(phaseDir, given) : given);
  if ('problem' in parsed) throw new PermanentError(`${name}: ${parsed.problem}`);
  return parsed.document;
}

async function readJson(phaseDir: string, path: string): Promise<unknown> {
  const inside = relative(phaseDir, resolve(phaseDir, path));
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
    throw new PermanentError(`hand-over ${path}: the path must stay within the phase folder`);
  }
  const [root, file] = await Promise.all([realpath(phaseDir), realpath(join(phaseDir, inside)).catch(() => undefined)]);
  if (file !== undefined && relative(root, file).startsWith('..')) {
    throw new PermanentError(`hand-over ${path}: it is a link that leads out of the phase folder`);
  }
  const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new PermanentError(`hand-over ${path}: there is no such file in the phase folder`);
  return parseJson(path, text);
}

/**
 * Writes the hand-over of a completed phase under its workflow and run id, atomically, and the final report beside it. The function is
 * idempotent.
 *
 * @returns path within the records, because histories outlive machines, and hex SHA-256 of the file
 */
export async function writeHandover(
  records: RecordStore,
  document: HandoverDocument,
): Promise<{ where: string; sha256: string }> {
  const text = handoverText(document);
  const name = `${safeName(document.workflowId)}/${safeName(document.runId ?? 'handover')}`;
  const where = `${name}.json`;
  await records.write(`${name}.html`, finalReport(document));
  await records.write(where, text);
  return { where, sha256: createHash('sha256').update(text).digest('hex') };
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new PermanentError(`hand-over ${path}: not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}
