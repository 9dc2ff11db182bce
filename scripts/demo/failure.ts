import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstLine, Stopped, UserError } from '../command-line.ts';
import { logsDir } from '../sandbox/paths.ts';

/** One message with the fault and the place of the logs. The stack of an unforeseen error goes into a log of the demo's own. */
export async function explained(error: unknown): Promise<UserError> {
  if (error instanceof Stopped) return error;
  if (error instanceof UserError) return new UserError(`${error.message}\nThe logs of the demo are in ${logsDir}`);
  const log = join(logsDir, 'demo.log');
  await mkdir(logsDir, { recursive: true });
  await writeFile(log, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return new UserError(
    `The demo has failed: ${firstLine(error)}\nMore stands in ${log}; the servers' logs are beside it`,
  );
}
