import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import yazl from 'yazl';
import { clip } from '../../../../src/base/text.ts';

/** Bounds of an artifact. */
export const ZIP_ENTRIES = 50_000;
export const ZIP_BYTES = 1024 * 1024 * 1024;
/** Bound of a file that is read into memory: a template, a parameter file. */
const FILE_BYTES = 1024 * 1024;

/** A file to put into a zip, under the path that it has there. */
export interface ZipInput {
  readonly path: string;
  readonly content: { readonly file: string } | { readonly text: string };
}

/**
 * Writes a zip file by rename. The same files give the same bytes: all times are 1 January 1980 in local time, because zip files hold local
 * times.
 *
 * @throws Error when the files are too many or too large
 */
export async function writeZip(target: string, inputs: readonly ZipInput[]): Promise<void> {
  if (inputs.length > ZIP_ENTRIES)
    throw new Error(`an artifact has at most ${ZIP_ENTRIES} files, not ${inputs.length}`);
  const zip = new yazl.ZipFile();
  const mtime = new Date(1980, 0, 1);
  let bytes = 0;
  for (const { path, content } of [...inputs].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if ('text' in content) {
      zip.addBuffer(Buffer.from(content.text), path, { mtime, mode: 0o100644 });
      continue;
    }
    const { size, mode } = await stat(content.file);
    bytes += size;
    if (bytes > ZIP_BYTES) throw new Error(`an artifact has at most ${ZIP_BYTES / 1024 / 1024} MiB`);
    zip.addFile(content.file, path, { mtime, mode: (mode & 0o100) === 0 ? 0o100644 : 0o100755 });
  }
  zip.end();
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${randomUUID()}.draft`;
  await pipeline(zip.outputStream, createWriteStream(draft));
  await rename(draft, target);
}

/**
 * Unpacks a zip file into a folder.
 *
 * @throws Error for a file that is no zip, for an entry that would lie outside of the folder, and for too many or too large entries
 */
export async function unzip(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  await eachEntry(file, async (zip, entry) => {
    const target = resolve(folder, entry.fileName);
    if (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep)) {
      throw new Error(`"${clip(entry.fileName, 200)}" would lie outside of the folder`);
    }
    // The upper half is the mode under Unix. A symbolic link could lead a later entry out of the folder.
    const mode = entry.externalFileAttributes >>> 16;
    if ((mode & 0o170000) === 0o120000) throw new Error(`"${clip(entry.fileName, 200)}" is a symbolic link`);
    bytes += entry.uncompressedSize;
    if (bytes > ZIP_BYTES) throw new Error(`it unpacks to more than ${ZIP_BYTES / 1024 / 1024} MiB`);
    if (entry.fileName.endsWith('/')) {
      await mkdir(target, { recursive: true });
      return true;
    }
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await open(zip, entry), createWriteStream(target));
    if ((mode & 0o111) !== 0) await chmod(target, 0o755);
    return true;
  });
}

/** Reads one text file of a zip file; `undefined` when the zip file does not have it. */
export async function readFromZip(file: string, path: string): Promise<string | undefined> {
  let text: string | undefined;
  const wanted = path.replace(/^\.?\//, '');
  await eachEntry(file, async (zip, entry) => {
    if (entry.fileName !== wanted) return true;
    if (entry.uncompressedSize > FILE_BYTES) throw new Error(`"${path}" has more than ${FILE_BYTES / 1024 / 1024} MiB`);
    text = (await buffer(await open(zip, entry))).toString('utf8');
    return false;
  });
  return text;
}

/** SHA-256 and MD5 of a file in hexadecimal, as CodeBuild tells them of an artifact. */
export async function digestsOf(file: string): Promise<{ readonly sha256sum: string; readonly md5sum: string }> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  for await (const chunk of createReadStream(file)) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
  }
  return { sha256sum: sha256.digest('hex'), md5sum: md5.digest('hex') };
}

/** All files below a folder as paths with slashes. Symbolic links are left out: an artifact holds the build's own files. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    found.push(
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    );
    if (found.length > ZIP_ENTRIES * 4) throw new Error(`the folder has more than ${ZIP_ENTRIES * 4} files`);
  }
  return found;
}

/** @param visit returns false when the entries that follow are not needed */
async function eachEntry(file: string, visit: (zip: ZipFile, entry: Entry) => Promise<boolean>): Promise<void> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (error, opened) => {
      if (error) reject(new Error(`it cannot be read as a zip file: ${error.message}`));
      else resolve(opened);
    });
  });
  try {
    if (zip.entryCount > ZIP_ENTRIES) throw new Error(`it has more than ${ZIP_ENTRIES} entries`);
    await new Promise<void>((resolve, reject) => {
      zip.once('error', reject).once('end', resolve);
      zip.on('entry', (entry: Entry) => {
        visit(zip, entry).then((more) => {
          if (more) zip.readEntry();
          else resolve();
        }, reject);
      });
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}

function open(zip: ZipFile, entry: Entry) {
  return zip.openReadStreamPromise(entry);
}
