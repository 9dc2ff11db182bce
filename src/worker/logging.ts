import { DefaultLogger, type LogEntry, type Logger, type RuntimeOptions } from '@temporalio/worker';
import { pino } from 'pino';
import type { LogLevel } from './settings.ts';

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
