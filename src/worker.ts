import { Runtime, type Logger, type NativeConnection, type Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { checks, rounds, sections, steps } from './activities/registry.ts';
import { connect, createLogger, NoServerError, runtimeOptions } from './worker/connect.ts';
import { createWorkers } from './worker/create.ts';
import { serveDecisions } from './worker/decisions/start.ts';
import { makeCurrent, routingOf, whyIdle, type Deployment } from './worker/current-version.ts';
import { requirePhasesDir } from './worker/phases-dir.ts';
import { ensureSearchAttributes, keepSearchAttributes } from './worker/search-attributes.ts';
import { type LogLevel, readSettings } from './worker/settings.ts';

/** Writes the log entries that the SDK buffers for 0.1 s to put them in order. */
let flushLogs = (): void => undefined;

/** Log level for `fail`; the default applies until the settings have been read. */
let level: LogLevel = 'info';

/** Hosts workflows and activities until SIGTERM or SIGINT, then drains. */
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { logLevel, metrics, taskQueue, phasesDir, records, decisions, deployment } = settings;
  level = logLevel;
  const logger = createLogger(logLevel);
  // The runtime shuts every worker down on SIGTERM, SIGINT, SIGQUIT and SIGUSR2.
  const runtime = Runtime.install(runtimeOptions(logger, logLevel, metrics));
  flushLogs = () => (runtime.logger as { flush?: () => void }).flush?.();
  await requirePhasesDir(phasesDir);
  const { connection, namespace, address } = await connect();
  const tracing =
    settings.traces === true ? await (await import('./worker/tracing.ts')).startTracing(logger) : undefined;
  const stopping = new AbortController();
  try {
    const searchAttributes = { known: await ensureSearchAttributes(connection, namespace) };
    if (!searchAttributes.known) {
      logger.warn(
        `Namespace ${namespace} lacks the Phasegate search attributes; phases run without them (npm run doctor)`,
      );
    }
    const codePath = join(import.meta.dirname, tracing === undefined ? 'workflow-bundle.js' : 'traced-bundle.js');
    const workers = await createWorkers({
      connection,
      namespace,
      settings,
      workflowBundle: { codePath },
      steps,
      checks,
      sections,
      rounds,
      searchAttributes,
      ...(tracing === undefined ? {} : { tracing: tracing.options }),
    });
    const kinds = { steps, checks, sections, rounds };
    const page = await serveDecisions(decisions, { connection, namespace, logger, phasesDir, kinds });
    const running = runTogether(workers).finally(() => page?.stop());
    const keeping = keepSearchAttributes(searchAttributes, { connection, namespace, logger, signal: stopping.signal });
    logger.info('worker is ready', { address, namespace, taskQueue, phasesDir, records, ...deployment });
    const told = deployment && warnIfIdle({ connection, namespace, deployment, logger });
    await Promise.all([running, told]);
    stopping.abort();
    await keeping;
    logger.info('worker has drained');
  } finally {
    stopping.abort();
    await tracing?.stop();
    // A worker that has not stopped keeps the connection open. This must not hide the reason why the process ends.
    await connection.close().catch((error: unknown) => {
      logger.warn('The connection could not be closed', { error });
    });
  }
}

/** Warns when the build is not current. That is normal during a roll-out; otherwise the worker would never get a phase. */
async function warnIfIdle({
  connection,
  namespace,
  deployment,
  logger,
}: {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deployment: Deployment;
  readonly logger: Logger;
}): Promise<void> {
  try {
    const routing = await connection.withDeadline(Date.now() + 10_000, () =>
      routingOf(connection.workflowService, namespace, deployment.deploymentName),
    );
    const why = whyIdle(routing, deployment);
    if (why !== undefined) logger.warn(`${why}, until: ${makeCurrent(namespace, deployment)}`);
  } catch (error) {
    logger.warn('The current version of the deployment could not be read', { error });
  }
}

/** Runs workers until all have ended. When one fails, the others drain: a process with only some of its workers would look healthy. */
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

/**
 * Ends the process with an error: one entry in the log, and one plain line on standard error. When no server answers, that line is
 * enough, and the error of the connection is logged at level debug only.
 */
function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  flushLogs();
  const severity = error instanceof NoServerError ? 'debug' : 'error';
  createLogger(level)[severity]('The worker has failed', { error });
  process.stderr.write(`phasegate worker: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  // An activity that does not stop would keep the process alive.
  process.exit(1);
}

process.on('uncaughtException', fail);
main().catch(fail);
