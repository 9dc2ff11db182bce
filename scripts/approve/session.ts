import type { KeyObject } from 'node:crypto';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { verdictText } from '../../src/views/verdict.ts';
import { say } from '../command-line.ts';
import { connectClient, type ConnectedClient } from '../temporal-client.ts';
import { askForDecision, choicesFor, type Ask } from './ask.ts';
import { decide, type Decision } from './decision.ts';
import { listing, readOpenGates, rejected } from './open-gates.ts';
import type { Options } from './options.ts';
import { signingKey } from './signing-key.ts';

/**
 * Sends the decision, or asks for decisions at the terminal where none was given.
 *
 * @returns the exit code: 0 accepted, or asked to the end; 1 not accepted; 2 there is no terminal to ask at
 */
export async function approve(options: Options, decision: Decision | undefined): Promise<number> {
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

/** @returns true when the phase accepted it */
async function announce(connected: ConnectedClient, decision: Decision, key?: KeyObject): Promise<boolean> {
  const verdict = await decide(connected, decision, key);
  console.log(`${verdictText(verdict)}\n`);
  return verdict.code === 'ACCEPTED';
}
