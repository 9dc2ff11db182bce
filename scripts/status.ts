import { Command, Option } from 'commander';
import { runCommand } from './command-line.ts';
import type { StatusOptions } from './status/show.ts';

const command = new Command('npm run status --')
  .description(
    'Lists the phases of the namespace. With --by: everything that waits for a person, each with its command.',
  )
  .option('--by <name>', 'a person, as named in the playbooks: the gates, tasks and inputs that wait for them')
  .option('--dates', 'the work done and the expected end as well, from the histories: a second or more for each phase')
  .option('--all', 'phases that have ended as well')
  .addOption(new Option('--limit <number>', 'how many phases').default(50).argParser(Number))
  .option('--json', 'as JSON on standard output');

await runCommand(async () => {
  const options = command.parse().opts<StatusOptions>();
  // Temporal's client loads for longer than --help takes.
  const { showStatus } = await import('./status/show.ts');
  return showStatus(options);
});
