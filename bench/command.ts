import { Command } from 'commander';
import { firstLine, interrupted, runCommand, say, UserError } from '../scripts/command-line.ts';
import type { Options } from './runs.ts';

const quickOption = [
  '--quick',
  'few repetitions: shows that the bench works, not how fast anything is; writes nothing',
] as const;

const command = new Command('npm run bench --')
  .description(
    'Measures a phase of no-op tasks against a hand-written minimal workflow of the same shape, in the same run, on a Temporal ' +
      'server of its own; and decisions against simpler ones. Prints a table of each part as soon as it is measured and writes bench/results.json. Ends with exit code 0 whether or not the aims are met; ' +
      'docs/performance.md says what is measured.',
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
  // The parent knows the same option, and would take it.
  .action((_: Options, { parent }: Command) =>
    runCommand(() =>
      interruptible(async (stopped) => (await runs()).benchDeployments(parent?.opts<Options>() ?? {}, stopped)),
    ),
  );

command
  .command('reading')
  .description(
    'Runs milestone 4.1 of Phase 4 in the sandbox, and measures what reading AWS costs, against its budgets.',
  )
  .action(() => runCommand(() => interruptible(async (stopped) => (await runs()).benchReadings(stopped))));

/** AWS, Temporal and the compiler load for longer than --help takes. */
async function runs() {
  return import('./runs.ts');
}

async function interruptible(bench: (stopped: Promise<never>) => Promise<void>): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  // Heard of in the races, and nowhere else.
  stopped.catch(() => undefined);
  try {
    await bench(stopped);
    return 0;
  } catch (error) {
    say(error instanceof UserError ? error.message : `The bench has failed: ${firstLine(error)}`);
    // Whatever is still running goes with this process, which would wait for it.
    process.exit(1);
  }
}

await command.parseAsync();
