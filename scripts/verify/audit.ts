import { writeFile } from 'node:fs/promises';
import type { Histories } from '../../src/record/history.ts';
import { standingOf } from '../../src/record/standing.ts';
import { auditReport, type Proved } from '../../src/views/audit/audit.ts';
import { htmlPage } from '../../src/views/page/html.ts';
import { markdownPage } from '../../src/views/page/markdown.ts';
import { firstLine, UserError } from '../command-line.ts';
import { replayBundle } from './bundle.ts';

/**
 * Writes the auditor's page of a record that holds.
 *
 * @returns where it is
 */
export async function writeAudit(file: string, histories: Histories, found: Proved): Promise<string> {
  const report = auditReport(await standingOf(histories, replayBundle()), found);
  try {
    await writeFile(file, file.endsWith('.md') ? markdownPage(report) : htmlPage(report));
  } catch (error) {
    throw new UserError(`The page cannot be written to ${file} (${firstLine(error)}); name another place.`);
  }
  return file;
}
