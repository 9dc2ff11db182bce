/**
 * Milliseconds on the machine's monotonic clock, with microsecond precision. All processes share this clock. Wall-clock times are less
 * exact: `performance.timeOrigin` of two processes can differ by half a millisecond.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Returns the result of `begin`, or throws an error that names `what` after the time limit.
 *
 * @param begin gets a signal that is aborted at the time limit, so that it can stop
 */
export async function within<T>(ms: number, what: string, begin: (late: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`not within ${String(ms / 1000)} s: ${what}`);
      reject(error);
      controller.abort(error);
    }, ms);
  });
  try {
    return await Promise.race([begin(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
