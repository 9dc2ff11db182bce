/** Where a command prints to. */
export interface Terminal {
  /** Columns; unlimited where nobody looks: a program reads whole lines. */
  readonly width: number;
  /** Nobody looks, or whoever looks wants no decoration. */
  readonly plain: boolean;
}

/** Nothing is laid out for less. */
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
