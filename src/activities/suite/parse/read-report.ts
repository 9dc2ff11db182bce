import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { PermanentError } from '../../../base/errors.ts';
import type { Format } from '../shape.ts';
import type { Case } from './cases.ts';
import type { ReportParser } from './report.ts';

/** Largest report, in bytes. */
export const MOST_BYTES = 64 * 1024 * 1024;
const PIECE = 64 * 1024;

/** Each format loads only what it needs. */
const parsers: { readonly [format in Format]: () => Promise<ReportParser> } = {
  junit: async () => new (await import('./junit.ts')).JunitParser(),
  tap: async () => new (await import('./tap.ts')).TapParser(),
  mocha: async () => (await import('./mocha.ts')).mochaParser(),
  jest: async () => (await import('./jest.ts')).jestParser(),
  playwright: async () => (await import('./playwright.ts')).playwrightParser(),
  cucumber: async () => new (await import('./cucumber.ts')).CucumberParser(),
};

/** A report that has been read. */
export interface ReadReport {
  readonly cases: readonly Case[];
  readonly bytes: number;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Reads the report of a suite, piece by piece.
 *
 * @throws PermanentError when there is no such file, or it cannot be used
 */
export async function readReport(file: string, format: Format, signal: AbortSignal): Promise<ReadReport> {
  const handle = await opened(file);
  try {
    const { size } = await handle.stat().then((stats) => {
      if (!stats.isFile()) throw new PermanentError('it is no file');
      return stats;
    });
    if (size === 0) throw new PermanentError('it is empty');
    if (size > MOST_BYTES) throw tooLarge(size);
    const parser = await parsers[format]();
    const hash = createHash('sha256');
    const decoder = new StringDecoder('utf8');
    const piece = Buffer.alloc(PIECE);
    let bytes = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(piece, 0, PIECE);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      // It may grow while it is read.
      if (bytes > MOST_BYTES) throw tooLarge(bytes);
      const read = piece.subarray(0, bytesRead);
      hash.update(read);
      parser.write(decoder.write(read));
    }
    parser.write(decoder.end());
    return { cases: parser.end().all(), bytes, sha256: hash.digest('hex') };
  } catch (error) {
    // Nesting that no parser can follow, or a text that is too long for a string.
    if (error instanceof RangeError) throw new PermanentError(`it cannot be read: ${error.message}`);
    throw error;
  } finally {
    await handle.close();
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    // A link could lead to any file of this machine, and opening a pipe could wait for ever.
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new PermanentError(code === 'ENOENT' ? 'it is missing' : `it cannot be opened (${code})`);
  }
}

function tooLarge(bytes: number): PermanentError {
  const megabytes = Math.ceil(bytes / 1024 / 1024);
  return new PermanentError(
    `it has ${megabytes} MB, and at most ${MOST_BYTES / 1024 / 1024} MB are read; split the suite`,
  );
}
