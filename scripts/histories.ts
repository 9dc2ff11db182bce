import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runCommand, say } from './command-line.ts';
import { connectClient } from './temporal-client.ts';

const command = new Command('npm run histories --')
  .description('Writes the histories of the phases and milestones that a server holds, for replay in npm test.')
  .argument('<dir>', 'folder to write into, such as test/histories/0.1.0');

async function main(dir: string): Promise<number> {
  const folder = resolve(process.env['INIT_CWD'] ?? '', dir);
  const { client, connection } = await connectClient();
  try {
    await mkdir(folder, { recursive: true });
    for await (const { workflowId, runId, type } of client.workflow.list({ query: 'ExecutionStatus != "Running"' })) {
      if (type !== 'phase' && type !== 'milestone') continue;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const file = join(folder, `${encodeURIComponent(workflowId)}.json`);
      await writeFile(
        file,
        `${JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown })}\n`,
      );
      say(`${file}: ${history.events?.length ?? 0} events`);
    }
  } finally {
    await connection.close();
  }
  return 0;
}

await runCommand(async () => main(command.parse().args[0] ?? ''));
