import { Command } from 'commander';
import { resolve } from 'node:path';
import { PermanentError } from '../src/activities/define.ts';
import { readRuns, readWrittenHandover, RecordError } from '../src/record/files.ts';
import { isInS3 } from '../src/record/store.ts';
import { verify } from '../src/record/verify.ts';
import { runCommand, say, UserError } from './command-line.ts';
import { verifiedLines } from './verify/report.ts';

const command = new Command('npm run verify --')
  .description(
    'Checks the ledger of an ended phase, offline and from its histories alone. Prints the first thing that is not as it was ' +
      'written, and ends with exit code 1.',
  )
  .argument(
    '<record...>',
    'folder of a phase in the records directory or in S3, or the histories of its runs (temporal workflow show --output json)',
  );

async function main(paths: readonly string[]): Promise<number> {
  const places = paths.map((path) => (isInS3(path) ? path : resolve(process.env['INIT_CWD'] ?? '', path)));
  const found = await verify(await read(places), await readWrittenHandover(places));
  if ('reason' in found) {
    say(`not as it was written: ${found.where}: ${found.reason}`);
    return 1;
  }
  console.log(verifiedLines(found));
  return 0;
}

async function read(paths: readonly string[]): Promise<ReturnType<typeof readRuns>> {
  try {
    return await readRuns(paths);
  } catch (error) {
    if (error instanceof RecordError || error instanceof PermanentError) throw new UserError(error.message);
    throw error;
  }
}

await runCommand(async () => main(command.parse().args));
