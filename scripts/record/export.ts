import { isAbsolute, relative, resolve } from 'node:path';
import { PermanentError } from '../../src/base/errors.ts';
import { counted } from '../../src/base/text.ts';
import { endedPhase } from '../../src/record/ended-phase.ts';
import { exportPhase } from '../../src/record/export.ts';
import { RecordError } from '../../src/record/record-error.ts';
import { openStore } from '../../src/store/open.ts';
import { isInS3 } from '../../src/store/store.ts';
import { absolute, UserError } from '../command-line.ts';
import { connectClient } from '../temporal-client.ts';

/** The options of `npm run record -- export`, as commander reads them. */
export interface ExportOptions {
  readonly workflowId: string;
  readonly runId?: string;
  readonly to: string;
}

/** Writes the record of a phase that has ended, and prints where it is and what is missing. */
export async function exportRecord(options: ExportOptions): Promise<number> {
  try {
    return await exportTo(options);
  } catch (error) {
    if (error instanceof RecordError || error instanceof PermanentError) throw new UserError(error.message);
    throw error;
  }
}

async function exportTo({ workflowId, runId, to }: ExportOptions): Promise<number> {
  const records = await openStore(isInS3(to) ? to : absolute(to));
  const { client, connection } = await connectClient();
  try {
    const ended = await endedPhase(client, workflowId, runId);
    const tools = { beat: () => undefined, inTurn: <T>(action: () => Promise<T>) => action() };
    const { where, histories, missing } = await exportPhase({ client, records, ...ended }, tools);
    const folder = isInS3(to) ? `${records.location.replace(/\/+$/, '')}/${where}` : shortened(records.location, where);
    console.log(`${folder}: ${counted(histories, 'history', 'histories')}`);
    for (const one of missing) {
      console.log(`  missing: ${one.workflowId}${one.runId === undefined ? '' : ` (run ${one.runId})`}: ${one.reason}`);
    }
    if (histories > 0) console.log(`To verify it: npm run verify -- ${folder}`);
    return 0;
  } finally {
    await connection.close();
  }
}

/** The path as a person would type it: relative to the folder that the command was given in, unless it lies outside of it. */
function shortened(location: string, where: string): string {
  const path = resolve(location, where);
  const short = relative(absolute(''), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
