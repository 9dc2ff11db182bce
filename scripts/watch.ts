import { Command } from 'commander';
import { runCommand } from './command-line.ts';

const command = new Command('npm run watch --')
  .description(
    'Follows a phase until it ends or you press Ctrl-C: its lanes as bars, open gates, what is blocked, and what happened last. Where ' +
      'standard output is no terminal, it prints a line for each event. Exit code 1 when the phase did not complete.',
  )
  .argument('<workflow-id>', 'the phase, for example phase-4');

await runCommand(async () => {
  const [workflowId = ''] = command.parse().args;
  // Temporal's client loads for longer than --help takes.
  const { watch } = await import('./watch/follow.ts');
  return watch(workflowId);
});
