const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];

export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  with(fields: Fields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly now: () => Date;
  readonly write: (line: string) => void;
}

/**
 * One JSON object a line. `level` is a word because the metric filter counts `$.level = "error"`. Fields are plain values, named by
 * the caller: bodies, tokens and claims have no way in.
 */
export function logger(options: LogOptions, fixed: Fields = {}): Log {
  const least = levels.indexOf(options.level);
  const at = (level: LogLevel) => (message: string, fields?: Fields) => {
    if (levels.indexOf(level) < least) return;
    const line = { time: options.now().toISOString(), level, message, ...fixed, ...fields };
    options.write(`${JSON.stringify(line)}\n`);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => logger(options, { ...fixed, ...fields }),
  };
}

/** Text of an error for the log: the whole chain of causes, with the stack of the first. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause)
    causes.push(`${cause.name}: ${cause.message}`);
  return {
    error: `${error.name}: ${error.message}`,
    stack: error.stack,
    ...(causes.length > 0 && { causes: causes.join(' <- ') }),
  };
}
