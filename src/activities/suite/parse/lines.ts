import { PermanentError } from '../../../base/errors.ts';

/** Characters of one line of a report. */
const LONGEST = 16 * 1024 * 1024;

/** Makes lines of text that comes in pieces. */
export class Lines {
  readonly #onLine: (line: string) => void;
  readonly #longest: number;
  #pieces: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void, longest = LONGEST) {
    this.#onLine = onLine;
    this.#longest = longest;
  }

  /** @throws PermanentError when a line is too long */
  write(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#keep(text.slice(from, to));
      this.#flush();
      from = to + 1;
    }
    this.#keep(text.slice(from));
  }

  /** The text is over: its last line may have no end. */
  end(): void {
    if (this.#length > 0) this.#flush();
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#length > this.#longest) {
      throw new PermanentError(`a line has more than ${this.#longest} characters`);
    }
    this.#pieces.push(piece);
  }

  #flush(): void {
    const line = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
