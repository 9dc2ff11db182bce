import { DefaultLogger, type LogEntry, type Logger } from '@temporalio/worker';
import { pino } from 'pino';

/**
 * One JSON object a line on standard output, with the SDK's own entries (activity and workflow context included) in the same
 * form.
 */
export function createLogger(level: string): Logger {
  const log = pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // The SDK's entries name their error `error`; pino shows only `err` unless told.
    serializers: { error: pino.stdSerializers.err },
  });
  return new DefaultLogger('TRACE', ({ level: severity, message, meta }: LogEntry) => {
    const { taskToken: _secret, ...fields } = (meta ?? {}) as { taskToken?: unknown };
    log[levels[severity]](fields, message);
  });
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
