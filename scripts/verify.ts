import { Command } from 'commander';
import { PermanentError } from '../src/base/errors.ts';
import { readRuns, readWrittenHandover } from '../src/record/files.ts';
import { RecordError } from '../src/record/record-error.ts';
import { type Histories, phaseNameIn } from '../src/record/history.ts';
import { isInS3 } from '../src/store/store.ts';
import { absolute, runCommand, say, UserError } from './command-line.ts';
import { readAnchors, type AnchorOptions } from './verify/anchors.ts';
import { findings, neverStartedLines, verifiedLines } from './verify/report.ts';
import { runsInstead } from './verify/runs.ts';

const command = new Command('npm run verify --')
  .description(
    'Checks the record of an ended phase, offline: replays its histories with the code of the workflows, and verifies signatures ' +
      'and digests. Prints the first thing that is not as it was written, and ends with exit code 1.',
  )
  .argument(
    '<record...>',
    'folder of a phase in the records directory or in S3, or the histories of its runs and milestones (temporal workflow show --output json)',
  )
  .option(
    '--phase <folder>',
    'the folder of the phase, as you trust it: plan, playbook and templates must be those of the record',
  )
  .option(
    '--playbook <file>',
    'a playbook that you trust: every signature must have been made with a key that it lists',
  )
  .option('--jwks <file>', "the provider's keys that you trust, for ID tokens: a JWK set")
  .option(
    '--worker-key <key>',
    'a public key of your workers that you trust; may be repeated',
    (key, before: readonly string[] | undefined) => [...(before ?? []), key],
  )
  .option('--report <file>', 'write a page for auditors there: HTML, or Markdown where the name ends with .md')
  .option('--head <hash>', 'a head of the ledger that was kept elsewhere: the ledger must have come past it');

type Options = AnchorOptions & { readonly report?: string };

async function main(paths: readonly string[], { report, ...given }: Options): Promise<number> {
  const places = paths.map(placeOf);
  const histories = await read(places, paths);
  const { phase, playbook, jwks } = given;
  const files = {
    ...(phase === undefined ? {} : { phase: absolute(phase) }),
    ...(playbook === undefined ? {} : { playbook: absolute(playbook) }),
    ...(jwks === undefined ? {} : { jwks: absolute(jwks) }),
  };
  const anchors = await readAnchors({ ...given, ...files }, phaseNameIn(histories));
  // Temporal loads for longer than --help and a refused option take.
  const { replayBundle } = await import('./verify/bundle.ts');
  const { verify } = await import('../src/record/verify.ts');
  const found = await verify(histories, replayBundle(), { handover: await readWrittenHandover(places), anchors });
  if ('reason' in found) {
    say(`not as it was written: ${found.where}: ${found.reason}`);
    return 1;
  }
  if ('refusal' in found) {
    console.log(neverStartedLines(found));
    if (report !== undefined) throw new UserError('No page for auditors was written: the phase has decided nothing.');
    return 0;
  }
  console.log(verifiedLines(found, anchors));
  if (report === undefined) return 0;
  const { writeAudit } = await import('./verify/audit.ts');
  console.log(`Written: ${await writeAudit(absolute(report), histories, findings(found, anchors))}`);
  return 0;
}

function placeOf(path: string): string {
  return isInS3(path) ? path : absolute(path);
}

async function read(places: readonly string[], given: readonly string[]): Promise<Histories> {
  try {
    return await readRuns(places);
  } catch (error) {
    if (error instanceof RecordError) throw new UserError(`${error.message}${await runsInstead(given)}`);
    if (error instanceof PermanentError) throw new UserError(error.message);
    throw error;
  }
}

await runCommand(async () => {
  const { args } = command.parse();
  return main(args, command.opts<Options>());
});
// The SDK's runtime, once it is there, keeps a process that has replayed nothing from ending.
process.exit();
