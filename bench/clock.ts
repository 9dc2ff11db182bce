/**
 * Milliseconds, to the microsecond, on the machine's monotonic clock, which all of its processes share. Wall-clock times would
 * do less well: `performance.timeOrigin` of two processes can be half a millisecond apart.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * The result, or an error that names `what` once it has taken too long.
 *
 * @param begin is given a signal that is aborted then, for what it would go on doing
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
