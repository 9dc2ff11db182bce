import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Keeps the end of what a stream brings, whatever its length, and hands on complete lines as they come. */
export class Tail {
  #text = '';
  #line = '';

  constructor(stream: Readable, limit: number, onLine?: (line: string) => void) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      this.#text = (this.#text + text).slice(-limit);
      if (onLine === undefined) return;
      const lines = (this.#line + text).split('\n');
      this.#line = (lines.pop() ?? '').slice(-limit);
      lines.filter((line) => line.trim() !== '').forEach(onLine);
    });
  }

  get text(): string {
    return this.#text;
  }
}
