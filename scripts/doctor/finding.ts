/** The doctor's finding about one thing. `fail`: phases cannot run. `warn`: they can run, with something missing. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  /** The thing that was looked at: `Temporal server`. */
  readonly what: string;
  readonly found: string;
  /** The way to mend it; absent when there is nothing to mend. */
  readonly mend?: string;
}

/** The report, one finding a line with its mend below it. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .flatMap(({ state, what, found, mend }) => [
      `${state.padEnd(4)}  ${what.padEnd(width)}  ${found}`,
      ...(mend === undefined ? [] : [`${' '.repeat(width + 6)}  → ${mend}`]),
    ])
    .join('\n');
}
