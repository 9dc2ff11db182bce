/**
 * Milliseconds, to the microsecond, on the machine's monotonic clock, which all of its processes share. Wall-clock times would
 * do less well: `performance.timeOrigin` of two processes can be half a millisecond apart.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The promise's result, or an error that names `what` once it has taken too long. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${String(ms / 1000)} s: ${what}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
