import { Runtime, type Worker } from '@temporalio/worker';
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
    const running = runTogether(workers);
    const { taskQueue, phasesDir, records } = settings;
    logger.info('worker is ready', { address, namespace, taskQueue, phasesDir, records });
    await running;
    logger.info('worker has drained');
  } finally {
    // A worker that is still held up keeps the connection; the reason why this process ends is worth more than that.
    await connection.close().catch((error: unknown) => {
      logger.warn('The connection could not be closed', { error });
    });
  }
}

/** Runs workers until all have ended; when one fails, the others drain, since half a process would look alive and do nothing. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  const runOne = async (worker: Worker): Promise<void> => {
    try {
      await worker.run();
    } finally {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
    }
  };
  const ends = await Promise.allSettled(workers.map(runOne));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

main().catch((error: unknown) => {
  process.stderr.write(`phasegate worker: ${error instanceof Error ? error.message : String(error)}\n`);
  // An activity that does not stop would keep the process alive.
  process.exit(1);
});
