import { Command } from 'commander';
import { decisionFrom, type Options } from './approve/options.ts';
import { runCommand } from './command-line.ts';

const command = new Command('npm run approve --')
  .description('Without options: lists the open gates of all running phases and asks. With --gate: decides at once.')
  .option('--workflow-id <id>', 'the phase, for example phase-4')
  .option('--gate <gate>', 'entry, 4.1/entry, 4.1/exit, 4.1/quality, …, completion')
  .option('--by <name>', 'who decides, as named in the playbook')
  .option('--criterion <number>', 'one criterion, by number or the beginning of its text; without it, all that you may')
  .option('--note <text>', 'kept with the decision')
  .option('--reject', 'reject instead of approving (needs --reason)')
  .option('--waive', 'waive instead of approving (needs --reason)')
  .option('--withdraw', 'take an approval back while the gate is open')
  .option('--override', 'clear the gate in spite of what is unmet, if its policy names your role (needs --reason)')
  .option('--reason <text>', 'why it is rejected, waived or overridden')
  .option('--rework <tasks...>', 'tasks to do again before the next round, for example 4.1/b1')
  .option('--key <file>', 'sign the decision with this private key (npm run keys makes one)')
  .option('--key-command <program...>', 'sign it with the key that this program prints')
  .option('--passphrase-env <variable>', 'environment variable that holds the passphrase of the key');

await runCommand(async () => {
  const options = command.parse().opts<Options>();
  const decision = decisionFrom(options);
  // Temporal's client loads for longer than --help and a refused option take.
  const { approve } = await import('./approve/session.ts');
  return approve(options, decision);
});
