/** Milliseconds until a Signal that could not be delivered is sent again: 1 s, doubling to a minute. */
export function pauseAfter(failures: number): number {
  return Math.min(1000 * 2 ** Math.min(failures - 1, 6), 60_000);
}

/** Whether nobody is there any more who could take a Signal: the SDK tells that by its message alone. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && /not found/.test(error.message);
}
