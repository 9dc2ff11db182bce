import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstLine, UserError } from '../command-line.ts';
import { logsDir } from '../sandbox/paths.ts';

/** What is said when whoever started the demo ends it. */
export const STOPPED = 'stopped';

/** One message of what went wrong and where more stands: for the stack of a fault that nobody has foreseen, a log of the demo's own. */
export async function explained(error: unknown): Promise<UserError> {
  if (error instanceof UserError) {
    return error.message === STOPPED
      ? error
      : new UserError(`${error.message}\nThe logs of the demo are in ${logsDir}`);
  }
  const log = join(logsDir, 'demo.log');
  await mkdir(logsDir, { recursive: true });
  await writeFile(log, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return new UserError(
    `The demo has failed: ${firstLine(error)}\nMore stands in ${log}; the servers' logs are beside it`,
  );
}
