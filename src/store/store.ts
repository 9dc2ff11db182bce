import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PermanentError } from '../base/errors.ts';

/**
 * The storage for a worker's records: hand-overs, histories, notices. Paths are relative, with slashes.
 *
 * Every method throws PermanentError when an operator has to act; any other error is worth a retry.
 */
export interface RecordStore {
  /** The location as it was configured: a directory, or `s3://bucket/prefix`. */
  readonly location: string;
  /** Writes a file atomically, and replaces an existing one. */
  write(path: string, text: string): Promise<void>;
  /** Writes a file that is named after its content, unless it exists. Bytes are those of a text in UTF-8 that is too large to copy. */
  writeOnce(path: string, content: string | Uint8Array): Promise<void>;
  /**
   * Appends a line to a file, unless it is among its last lines: a repetition after a crash changes nothing. In S3, where files cannot
   * grow, the line becomes a file of its own: `path/id.json`.
   */
  add(path: string, id: string, line: string): Promise<void>;
  /** Reads a file; `undefined` when it does not exist. */
  read(path: string): Promise<string | undefined>;
}

export function isInS3(location: string): boolean {
  return location.startsWith('s3://');
}

/** Stores records in a directory. */
export function directoryStore(directory: string): RecordStore {
  const fileAt = async (path: string): Promise<string> => {
    const file = within(directory, path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    const file = await fileAt(path);
    // Two workers may write the same file at once.
    const draft = `${file}.${randomUUID()}.tmp`;
    await writeFile(draft, content);
    await rename(draft, file);
  };
  return {
    location: directory,
    write,
    async writeOnce(path, content) {
      const isThere = await stat(within(directory, path)).then(
        () => true,
        () => false,
      );
      if (!isThere) await write(path, content);
    },
    async add(path, _id, line) {
      const file = await fileAt(path);
      const lines = (await endOf(file)).split('\n');
      if (!lines.includes(line)) await appendFile(file, `${line}\n`);
    },
    async read(path) {
      try {
        return await readFile(within(directory, path), 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

/** Bytes at the end of a file that are searched for a line. */
const END = 1024 * 1024;

/** The end of a file; nothing where there is none. */
async function endOf(path: string): Promise<string> {
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(Math.min(size, END));
    await file.read(end, 0, end.length, size - end.length);
    return end.toString();
  } finally {
    await file.close();
  }
}

function within(directory: string, path: string): string {
  const file = resolve(directory, path);
  const inside = relative(directory, file);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw new PermanentError(`${path}: the path must stay within the records directory`);
  }
  return file;
}
