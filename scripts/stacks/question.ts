import { createInterface } from 'node:readline/promises';
import { UserError } from '../command-line.ts';

/** Asks at the terminal. Ctrl-C and Ctrl-D mean no. */
export async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.once('close', () => {
    left.abort();
  });
  try {
    return (await terminal.question(text, { signal: left.signal })).trim();
  } catch (error) {
    if (!left.signal.aborted) throw error;
    throw new UserError('\nNothing was deleted.');
  } finally {
    terminal.close();
  }
}
