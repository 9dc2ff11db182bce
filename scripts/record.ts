import { Command } from 'commander';
import { isAbsolute, relative, resolve } from 'node:path';
import { PermanentError } from '../src/base/errors.ts';
import { counted } from '../src/base/text.ts';
import { exportPhase } from '../src/record/export.ts';
import { endedPhase } from '../src/record/ended-phase.ts';
import { RecordError } from '../src/record/record-error.ts';
import { isInS3 } from '../src/store/store.ts';
import { openStore } from '../src/store/open.ts';
import { runCommand, UserError } from './command-line.ts';
import { connectClient } from './temporal-client.ts';

interface ExportOptions {
  readonly workflowId: string;
  readonly runId?: string;
  readonly to: string;
}

const program = new Command('npm run record --').description(
  'The record of a phase: its histories and those of its milestones, kept where namespaces do not forget them.',
);

program
  .command('export')
  .description(
    'Writes the record of a phase that has ended in whatever way, as its archive workflow does by itself. Tells what the server ' +
      'does not have any more. Repeating it changes nothing, and what the record holds already stays.',
  )
  .requiredOption('--workflow-id <id>', 'the phase, for example phase-4')
  .option('--run-id <id>', 'one of its runs, where the same id has been used again')
  .option(
    '--to <place>',
    'records directory, or s3://bucket/prefix (default: PHASEGATE_RECORDS, or records)',
    process.env['PHASEGATE_RECORDS'] ?? 'records',
  )
  .action((options: ExportOptions) => runCommand(() => explained(() => exportRecord(options))));

async function exportRecord({ workflowId, runId, to }: ExportOptions): Promise<number> {
  const from = process.env['INIT_CWD'] ?? '';
  const records = await openStore(isInS3(to) ? to : resolve(from, to));
  const { client, connection } = await connectClient();
  try {
    const ended = await endedPhase(client, workflowId, runId);
    const tools = { beat: () => undefined, inTurn: <T>(action: () => Promise<T>) => action() };
    const { where, histories, missing } = await exportPhase({ client, records, ...ended }, tools);
    const folder = isInS3(to)
      ? `${records.location.replace(/\/+$/, '')}/${where}`
      : shortened(from, records.location, where);
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

/** As it is typed: relative to where the command was given, unless that leads out of there. */
function shortened(from: string, location: string, where: string): string {
  const path = resolve(location, where);
  const short = relative(resolve(from), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}

async function explained(action: () => Promise<number>): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RecordError || error instanceof PermanentError) throw new UserError(error.message);
    throw error;
  }
}

await program.parseAsync();
