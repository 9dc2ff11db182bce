import { Command, Option } from 'commander';
import { runCommand } from './command-line.ts';
import { dayLength } from './demo/day-length.ts';
import { breakages, PHASE, type Options } from './demo/options.ts';
import { portOption } from './sandbox/ports.ts';

const command = new Command('npm run demo --')
  .description('Runs Phase 4 from its plan to its completion on this machine, with stand-ins for AWS and for people.')
  .option('--manual', 'leave every decision to you: print who may take it and by which command, and wait')
  .addOption(
    new Option('--break <what...>', 'break these on the way, wait until it shows, and mend them')
      .choices(breakages)
      .conflicts('manual'),
  )
  .option('--keep', 'leave the servers up afterwards, until Ctrl-C')
  .addOption(new Option('--day-length <length>', 'length of one plan day').default('2s').argParser(dayLength))
  .option('--workflow-id <id>', 'workflow id of the phase', PHASE)
  .option(...portOption('temporal'))
  .option(...portOption('ui'))
  .option(...portOption('emulator'));

await runCommand(async () => {
  const options = command.parse().opts<Options>();
  // AWS and Temporal load for longer than --help and a refused option take.
  const { demo } = await import('./demo/run.ts');
  return demo(options);
});
