import { Command } from 'commander';
import { firstLine, interrupted, runCommand, say, UserError } from '../scripts/command-line.ts';
import type { Options } from './runs.ts';

const quickOption = ['--quick', 'few repetitions: only shows that the bench works; writes no results'] as const;

const command = new Command('npm run bench --')
  .description(
    'Compares a phase of no-op tasks with a minimal hand-written workflow of the same shape, in the same run, on a Temporal ' +
      'server of its own, and decisions with simpler decisions. Prints a table for each part as soon as it is measured, and writes bench/results.json. The exit code is 0 whether or not the aims are met; ' +
      'docs/performance.md describes the measurements.',
  )
  .option(...quickOption)
  .action((options: Options) =>
    runCommand(() => interruptible(async (stopped) => (await runs()).benchPhases(options, stopped))),
  );

command
  .command('deploy')
  .description(
    "Deploys the project's own stacks to its three environments with phasegate, the CDK CLI and the SDK's waiters, each against " +
      'an emulator of its own whose calls are counted.',
  )
  .option(...quickOption)
  // The parent command has the same option, and commander assigns the value to the parent.
  .action((_: Options, { parent }: Command) =>
    runCommand(() =>
      interruptible(async (stopped) => (await runs()).benchDeployments(parent?.opts<Options>() ?? {}, stopped)),
    ),
  );

command
  .command('reading')
  .description('Runs milestone 4.1 of Phase 4 in the sandbox, and compares the cost of reading AWS with its budgets.')
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchReadings(stopped))));

command
  .command('pipeline')
  .description('Follows 50 pipelines of the stand-in at once, and compares notice and requests with their budgets.')
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchPipelineReleases(stopped))));

command
  .command('suites')
  .description(
    'Has a step read and store a report of 100,000 cases, runs a suite with and without a step, and a phase with 500 issues in five rounds; compares ' +
      'times and histories with their budgets.',
  )
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchSuiteRuns(stopped))));

command
  .command('report')
  .description('Draws the page for stakeholders from the record of a demo, and from one of ten thousand decisions.')
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchReports(stopped))));

command
  .command('api')
  .description('Releases the orders service in the sandbox, and compares how fast its API answers with its budgets.')
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchApiAnswers(stopped))));

/** Loaded by the actions alone: AWS, Temporal and the compiler take longer to load than --help may take. */
async function runs() {
  return import('./runs.ts');
}

async function interruptible(bench: (stopped: Promise<never>) => Promise<void>): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  // The rejection is handled by the callers' `Promise.race`. Without this handler, Node reports it as unhandled before a race begins.
  stopped.catch(() => undefined);
  try {
    await bench(stopped);
    return 0;
  } catch (error) {
    say(error instanceof UserError ? error.message : `The bench has failed: ${firstLine(error)}`);
    // `exit` ends everything that is still running, for which the process would wait.
    process.exit(1);
  }
}

await command.parseAsync();
