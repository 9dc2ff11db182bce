import { Command } from 'commander';
import { runCommand } from './command-line.ts';

new Command('npm run doctor --')
  .description('Finds out what keeps phasegate from working here, and how to mend it. Exit code 1 when something does.')
  .parse();

await runCommand(async () => {
  // AWS and Temporal load for longer than --help takes.
  const { examine } = await import('./doctor/examine.ts');
  return examine();
});
