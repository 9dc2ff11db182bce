import { Command } from 'commander';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { absolute, runCommand, say } from './command-line.ts';
import { temporalCli } from './sandbox/tools.ts';

const command = new Command('npm run histories --')
  .description('Writes the histories of the ended phases and milestones that a server holds, for replay in npm test.')
  .argument('<dir>', 'folder to write into, such as test/histories/0.1.0');

async function main(dir: string): Promise<number> {
  const folder = absolute(dir);
  // It loads for longer than --help takes.
  const { connectClient } = await import('./temporal-client.ts');
  const { client, connection, address, namespace } = await connectClient();
  try {
    await mkdir(folder, { recursive: true });
    for await (const { workflowId, runId, type } of client.workflow.list({ query: 'ExecutionStatus != "Running"' })) {
      if (type !== 'phase' && type !== 'milestone') continue;
      const show = ['workflow', 'show', '--workflow-id', workflowId, '--run-id', runId, '--output', 'json'];
      const { stdout } = await promisify(execFile)(
        await temporalCli(),
        [...show, '--address', address, '--namespace', namespace],
        { maxBuffer: 256 * 1024 * 1024 },
      );
      const history = JSON.parse(stdout, withoutMachine) as { events: readonly unknown[] };
      const file = join(folder, `${workflowId.replaceAll(':', '.')}.json`);
      await writeFile(file, `${JSON.stringify({ workflowId, history })}\n`);
      say(`${file}: ${history.events.length} events`);
    }
  } finally {
    await connection.close();
  }
  return 0;
}

/** Removes the names of machines and their paths. They change nothing in a replay, and need not be published. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'identity') return 'recorded';
  return key === 'stackTrace' ? '' : value;
}

await runCommand(async () => main(command.parse().args[0] ?? ''));
