/** Lines that are drawn over each other in a terminal. */
export class Screen {
  private shown: readonly string[] = [];
  private remarked = '';
  private readonly stream: Pick<NodeJS.WriteStream, 'write'>;

  constructor(stream: Pick<NodeJS.WriteStream, 'write'>) {
    this.stream = stream;
  }

  /** Draws the lines in place of those before, unless they are the same. */
  show(lines: readonly string[]): void {
    if (this.remarked === '' && lines.join('\n') === this.shown.join('\n')) return;
    this.draw(lines);
    this.shown = lines;
    this.remarked = '';
  }

  /** Adds a line to what is shown, until that is drawn again. */
  remark(line: string): void {
    if (line === this.remarked) return;
    this.draw([...this.shown, line]);
    this.remarked = line;
  }

  private draw(lines: readonly string[]): void {
    const before = this.shown.length + (this.remarked === '' ? 0 : 1);
    // Up to the first line, and everything from there on is erased.
    const home = before === 0 ? '' : `\u001B[${String(before)}F\u001B[0J`;
    this.stream.write(`${home}${lines.join('\n')}\n`);
  }
}
