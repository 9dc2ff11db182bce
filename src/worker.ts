import { Runtime } from '@temporalio/worker';
import { join } from 'node:path';
import { checks, steps } from './activities/registry.ts';
import { connect } from './worker/connect.ts';
import { createWorkers } from './worker/create.ts';
import { createLogger } from './worker/logging.ts';
import { ensureSearchAttributes } from './worker/search-attributes.ts';
import { readSettings } from './worker/settings.ts';

/** Hosts workflows and activities until SIGTERM or SIGINT, then drains. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const logger = createLogger(settings.logLevel);
  // The runtime shuts every worker down on SIGTERM, SIGINT, SIGQUIT and SIGUSR2.
  Runtime.install({ logger });
  const { connection, namespace, address } = await connect();
  try {
    const searchAttributes = await ensureSearchAttributes(connection, namespace);
    if (!searchAttributes) {
      logger.warn(
        `Namespace ${namespace} lacks the Phasegate search attributes; phases run without them (npm run doctor)`,
      );
    }
    const codePath = join(import.meta.dirname, 'workflow-bundle.js');
    const workers = await createWorkers({
      connection,
      namespace,
      settings,
      workflowBundle: { codePath },
      steps,
      checks,
      searchAttributes,
    });
    const running = Promise.all([workers.main.run(), workers.aws.run()]);
    const { taskQueue, phasesDir, recordsDir } = settings;
    logger.info('worker is ready', { address, namespace, taskQueue, phasesDir, recordsDir });
    await running;
    logger.info('worker has drained');
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`phasegate worker: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
