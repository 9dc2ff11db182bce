import { writeFile } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { PermanentError } from '../../src/base/errors.ts';
import { safeName } from '../../src/base/text.ts';
import type { Standing } from '../../src/contract/standing.ts';
import { readRuns } from '../../src/record/files.ts';
import { RecordError } from '../../src/record/record-error.ts';
import { standingOf } from '../../src/record/standing.ts';
import { isInS3 } from '../../src/store/store.ts';
import { htmlPage } from '../../src/views/page/html.ts';
import { markdownPage } from '../../src/views/page/markdown.ts';
import { phaseReport } from '../../src/views/report/report.ts';
import { absolute, firstLine, UserError } from '../command-line.ts';
import { replayBundle } from '../verify/bundle.ts';
import { runsInstead } from '../verify/runs.ts';

/** The options of `npm run report`, as commander reads them. */
export interface ReportOptions {
  readonly record?: string;
  readonly runId?: string;
  readonly markdown?: boolean;
  readonly out?: string;
}

/** The command that takes a record. */
const RECORD = 'npm run report -- --record';

/** Writes the report, and prints where it is. */
export async function writeReport(workflowId: string | undefined, options: ReportOptions): Promise<number> {
  const standing = await readStanding(workflowId, options);
  const report = phaseReport(standing);
  const isMarkdown = options.markdown === true;
  const usual = `${safeName(standing.workflowId || 'phase')}-report.${isMarkdown ? 'md' : 'html'}`;
  const file = absolute(options.out ?? usual);
  try {
    await writeFile(file, isMarkdown ? markdownPage(report) : htmlPage(report));
  } catch (error) {
    throw new UserError(
      `The report cannot be written to ${file} (${firstLine(error)}); name another place with --out.`,
    );
  }
  console.log(report.lead);
  const short = relative(absolute(''), file);
  console.log(`Written: ${short.startsWith('..') || isAbsolute(short) ? file : short}`);
  return 0;
}

async function readStanding(workflowId: string | undefined, { record, runId }: ReportOptions): Promise<Standing> {
  try {
    if (record !== undefined) {
      return await standingOf(await readRuns([isInS3(record) ? record : absolute(record)]), replayBundle());
    }
    return await fromServer(workflowId ?? '', runId);
  } catch (error) {
    if (!(error instanceof RecordError || error instanceof PermanentError)) throw error;
    const instead = record !== undefined && error instanceof RecordError ? await runsInstead([record], RECORD) : '';
    throw new UserError(`${error.message}${instead}`);
  }
}

async function fromServer(workflowId: string, runId: string | undefined): Promise<Standing> {
  const { askPhase, readPhase } = await import('../../src/record/on-server.ts');
  const { connectClient } = await import('../temporal-client.ts');
  const { client, connection } = await connectClient();
  try {
    // Asked first: what happens in between stands in the histories as well.
    const { histories, isOpen } = await readPhase(client, workflowId, runId);
    return await standingOf(
      histories,
      replayBundle(),
      isOpen ? await askPhase(client, workflowId, Date.now()) : undefined,
    );
  } finally {
    await connection.close();
  }
}
