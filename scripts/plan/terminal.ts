/** The place that a command prints to. */
export interface Terminal {
  /** Columns; unlimited outside of a terminal, because a program reads whole lines. */
  readonly width: number;
  /** No decoration: outside of a terminal, or because the person wants none. */
  readonly plain: boolean;
}

/** The smallest width that charts and tables are laid out for. */
const NARROWEST = 40;
const USUAL = 80;

export function terminal(
  { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  env: NodeJS.ProcessEnv,
): Terminal {
  const plain = !isTTY || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  // A terminal that does not know its width says 0.
  return { width: isTTY ? Math.max(NARROWEST, columns || USUAL) : Infinity, plain };
}
