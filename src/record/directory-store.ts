import { appendFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { PermanentError } from '../activities/define.ts';
import type { RecordStore } from './store.ts';

/** Records in a directory. */
export function directoryStore(directory: string): RecordStore {
  const fileAt = async (path: string): Promise<string> => {
    const file = within(directory, path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  const write = async (path: string, text: string): Promise<void> => {
    const file = await fileAt(path);
    await writeFile(`${file}.tmp`, text);
    await rename(`${file}.tmp`, file);
  };
  return {
    location: directory,
    write,
    async writeOnce(path, text) {
      const isThere = await stat(within(directory, path)).then(
        () => true,
        () => false,
      );
      if (!isThere) await write(path, text);
    },
    async add(path, _id, line) {
      await appendFile(await fileAt(path), `${line}\n`);
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

function within(directory: string, path: string): string {
  const file = resolve(directory, path);
  const inside = relative(directory, file);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw new PermanentError(`${path}: the path must stay within the records directory`);
  }
  return file;
}
