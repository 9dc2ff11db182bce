import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, type LogEntry, type Logger, NativeConnection, type RuntimeOptions } from '@temporalio/worker';
import { pino } from 'pino';
import type { LogLevel } from './settings.ts';

export interface Connected {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly address: string;
}

/** Nobody answers where the server should be. What the connection failed with, which is long, is its cause. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';

  constructor(address: string, cause: unknown) {
    super(
      `No Temporal server answers at ${address}. Start one with "npm run sandbox", or set TEMPORAL_ADDRESS ` +
        '(PHASEGATE_LOG_LEVEL=debug tells more)',
      { cause },
    );
  }
}

/**
 * Connects as the environment or the TOML profile says (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API
 * key: https://docs.temporal.io/develop/environment-configuration), 127.0.0.1:7233 and `default` otherwise.
 *
 * @throws NoServerError with one sentence that names the address and the mend.
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
 * One JSON object a line on standard output, with the SDK's own entries (activity and workflow context included) in the same
 * form.
 */
export function createLogger(level: LogLevel): Logger {
  const log = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // The SDK's entries name their error `error`; pino shows only `err` unless told.
    serializers: { error: pino.stdSerializers.errWithCause },
  });
  return new DefaultLogger('TRACE', ({ level: severity, message, meta }: LogEntry) => {
    const { taskToken: _secret, ...fields } = (meta ?? {}) as { taskToken?: unknown };
    log[levels[severity]](fields, message);
  });
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Has the SDK's core, which is not JavaScript and prints text of its own otherwise, log through the same logger. */
export function runtimeLogging(logger: Logger, level: LogLevel): RuntimeOptions {
  const core = level === 'trace' || level === 'debug' ? 'DEBUG' : 'WARN';
  return { logger, telemetryOptions: { logging: { forward: {}, filter: { core, other: 'ERROR' } } } };
}
