import { userInfo } from 'node:os';
import type { KeyObject } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { askForDecision, choicesFor, type Ask } from './approve/ask.ts';
import { decide, verdictText, type Decision } from './approve/decision.ts';
import { signingKey } from './approve/signing-key.ts';
import { listing, readOpenGates, rejected } from './approve/open-gates.ts';
import { decisionFrom, type Options } from './approve/options.ts';
import { runCommand, say } from './command-line.ts';
import { connectClient, type ConnectedClient } from './temporal-client.ts';

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

async function main(options: Options): Promise<number> {
  const decision = decisionFrom(options);
  const connected = await connectClient();
  try {
    if (decision) return (await announce(connected, decision, await signingKey(options))) ? 0 : 1;
    if (process.stdin.isTTY) return await interview(connected, options.by, await signingKey(options));
    console.log(listing(await readOpenGates(connected), options.by));
    say('Nobody is there to ask. Decide with --workflow-id, --gate and --by; see --help.');
    return 2;
  } finally {
    await connected.connection.close();
  }
}

async function interview(connected: ConnectedClient, given: string | undefined, key?: KeyObject): Promise<number> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const left = new AbortController();
  terminal.once('close', () => left.abort());
  const ask: Ask = async (question) => (await terminal.question(question, { signal: left.signal })).trim();
  try {
    const usual = given ?? userInfo().username;
    const by = given ?? ((await ask(`Your name [${usual}]: `)) || usual);
    for (;;) {
      const phases = await readOpenGates(connected);
      const choices = choicesFor(phases, by);
      if (choices.length === 0) {
        console.log(`Nothing waits for ${by}.\n${listing(phases, by)}`);
        return 0;
      }
      const closed = rejected(phases);
      if (closed.length > 0) console.log(listing(closed, by));
      const decision = await askForDecision(ask, choices, by);
      if (decision === 'leave') return 0;
      if (decision !== 'skip') await announce(connected, decision, key);
    }
  } catch (error) {
    // Ctrl-C and Ctrl-D are ways to leave.
    if (!left.signal.aborted) throw error;
    return 0;
  } finally {
    terminal.close();
  }
}

/** @returns whether the phase accepted it */
async function announce(connected: ConnectedClient, decision: Decision, key?: KeyObject): Promise<boolean> {
  const verdict = await decide(connected, decision, key);
  console.log(`${verdictText(verdict)}\n`);
  return verdict.code === 'ACCEPTED';
}

await runCommand(() => main(command.parse().opts<Options>()));
