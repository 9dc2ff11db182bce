import { basename } from 'node:path';
import { Command, CommanderError } from 'commander';
import { interrupted, runCommand, say, UserError } from './command-line.ts';
import { compileFile, folderOf } from './plan/load.ts';
import { isError, problemLine } from './plan/report.ts';
import { terminal } from './plan/terminal.ts';
import { plannedPlaces } from './stacks/places.ts';
import { question } from './stacks/question.ts';

interface Options {
  readonly environment?: readonly string[];
  readonly yes?: boolean;
}

let exitCode = 0;

const environmentOption = [
  '--environment <name>',
  'in this environment only, without what the account has once; may be repeated, or hold several with commas',
  (names: string, before: readonly string[] = []) => [...before, ...names.split(',')],
] as const;

const stop = new AbortController();
void interrupted().then((signal) => {
  stop.abort(new UserError(`Stopped by ${signal}. What AWS is doing goes on; the same command waits for it again.`));
});

// Each action imports what calls AWS: it loads for longer than --help takes.
const program = new Command('npm run stacks --')
  .description('Acts on the stacks that a plan deploys. PHASE is a plan, or the folder of one.')
  .exitOverride();

program
  .command('preview <phase>')
  .description(
    'what a deployment would do, as Markdown; nothing is executed. Exit code 0: nothing would change; 2: something would; 1: it ' +
      'cannot be told',
  )
  .option(...environmentOption)
  .action(async (phase: string, { environment }: Options) => {
    const { places, phaseDir } = await placesIn(phase);
    const request = { phase: basename(phaseDir), phaseDir, places, environments: environment, signal: stop.signal };
    const { preview } = await import('./stacks/preview.ts');
    exitCode = await preview(request);
  });

program
  .command('teardown <phase>')
  .description('delete the stacks, in the reverse order of their imports; never in what is protected')
  .option(...environmentOption)
  .option('--yes', 'do not ask for the names of the environments')
  .action(async (phase: string, { environment, yes = false }: Options) => {
    const { places } = await placesIn(phase);
    if (!yes && !process.stdin.isTTY) throw new UserError('Nobody is there to ask; --yes deletes without asking.');
    const ask = yes ? undefined : question;
    const { tearDown } = await import('./stacks/teardown.ts');
    exitCode = await tearDown({ places, environments: environment, signal: stop.signal, ask });
  });

program
  .command('canary')
  .description('prove, with two free stacks that are deleted again, that deployments will work in an account')
  .option('--region <region>', 'where; AWS_REGION unless stated')
  .action(async ({ region = process.env['AWS_REGION'] }: { region?: string }) => {
    if (region === undefined || region === '') throw new UserError('Name a region with --region, or in AWS_REGION.');
    const { canary } = await import('./stacks/canary.ts');
    exitCode = await canary(region, terminal(process.stdout, process.env), stop.signal);
  });

async function placesIn(phase: string) {
  const { plan, problems } = await compileFile(phase, { playbook: true });
  for (const problem of problems.filter(isError)) say(problemLine(problem));
  if (plan === undefined) throw new UserError('The plan or its playbook has errors, so nothing was done.');
  return { places: plannedPlaces(plan), phaseDir: await folderOf(phase) };
}

/** Says where requests go and how to look at the credentials: the first things to check when a request fails. */
function surroundings(): string {
  const endpoint = process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'] ?? process.env['AWS_ENDPOINT_URL'] ?? '';
  const where = endpoint === '' ? 'AWS itself is asked' : `AWS_ENDPOINT_URL is ${endpoint}`;
  return `${where}; "npm run doctor" tells whether it answers, and which credentials there are.`;
}

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has printed its message, and asking for help is no mistake. Exit code 2 is taken: something would change.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (error instanceof Error && error.name === 'AwsError') throw new UserError(`${error.message} ${surroundings()}`);
    throw error instanceof Error && error.name === 'PermanentError' ? new UserError(error.message) : error;
  }
}

await runCommand(main);
