import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, type LogEntry, type Logger, NativeConnection, type RuntimeOptions } from '@temporalio/worker';
import { pino } from 'pino';
import { durationBuckets, metrics as ours } from '../contract/metrics.ts';
import type { LogLevel } from './settings.ts';

export interface Connected {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly address: string;
}

/** No Temporal server answers at the address. The error of the connection, which is long, is the `cause`. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';

  constructor(address: string, cause: unknown) {
    super(
      `No Temporal server answers at ${address}. Start one with "npm run sandbox", or set TEMPORAL_ADDRESS ` +
        '(PHASEGATE_LOG_LEVEL=debug shows the details)',
      { cause },
    );
  }
}

/**
 * Connects to the server that the environment or the TOML profile names (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`,
 * TLS, API key: https://docs.temporal.io/develop/environment-configuration). The default is 127.0.0.1:7233, namespace `default`.
 *
 * @throws NoServerError with one sentence that names the address and the remedy.
 */
export async function connect(): Promise<Connected> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  try {
    const connection = await NativeConnection.connect({ ...connectionOptions, address });
    return { connection, namespace, address };
  } catch (error) {
    throw new NoServerError(address, error);
  }
}

/**
 * Writes log entries to standard output, one JSON object a line. The SDK's own entries have the same form, and include the context of
 * activities and workflows.
 */
export function createLogger(level: LogLevel): Logger {
  const log = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // The SDK's entries have their error under `error`; by default, pino serializes only `err`.
    serializers: { error: pino.stdSerializers.errWithCause },
  });
  return new DefaultLogger('TRACE', ({ level: severity, message, meta }: LogEntry) => {
    const { taskToken: _secret, ...fields } = (meta ?? {}) as { taskToken?: unknown };
    log[levels[severity]](fields, message);
  });
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Makes the SDK's core log through the same logger. Core is not JavaScript and otherwise prints plain text.
 *
 * @param metrics `HOST:PORT` at which Prometheus finds the metrics of the SDK and of phasegate; absent: nowhere
 */
export function runtimeOptions(logger: Logger, level: LogLevel, metrics: string | undefined): RuntimeOptions {
  const core = level === 'trace' || level === 'debug' ? 'DEBUG' : 'WARN';
  return {
    logger,
    telemetryOptions: {
      logging: { forward: {}, filter: { core, other: 'ERROR' } },
      ...(metrics === undefined ? {} : { metrics: { prometheus: prometheusAt(metrics) } }),
    },
  };
}

function prometheusAt(bindAddress: string) {
  const durations = Object.values(ours).filter((one) => 'unit' in one);
  return {
    bindAddress,
    countersTotalSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: Object.fromEntries(durations.map(({ name }) => [name, durationBuckets])),
  };
}
