import { runCanary } from '../../src/aws/canary.ts';
import { say } from '../command-line.ts';
import { table } from '../plan/table.ts';
import type { Terminal } from '../plan/terminal.ts';

/**
 * Prints what was assumed and what was seen; progress on standard error.
 *
 * @returns the exit code: 0 unless something failed
 */
export async function canary(region: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  const heading = `${region}${endpoint === '' ? '' : ` at ${endpoint}, in place of AWS`}: two small stacks, deleted afterwards …`;
  let told = 0;
  const findings = await runCanary(region, signal, ({ assumption, seen, verdict }) => {
    // Where AWS cannot be reached there is nothing to announce.
    if (told === 0) say(heading);
    told += 1;
    say(`${assumption}: ${verdict}${verdict === 'failed' ? `: ${seen}` : ''}`);
  });
  const rows = findings.map(({ assumption, seen, verdict }) => [assumption, seen.replace(/\s+/g, ' '), verdict]);
  console.log(table(['Assumption', 'Seen', ''], rows, terminal));
  return findings.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
}
