/** Where a command prints to. */
export interface Terminal {
  /** Columns; unlimited where nobody looks: a program reads whole lines. */
  readonly width: number;
  /** Nobody looks, or whoever looks wants no decoration. */
  readonly plain: boolean;
}

export function terminal({ isTTY, columns }: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const plain = !isTTY || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return { width: isTTY ? columns : Infinity, plain };
}
