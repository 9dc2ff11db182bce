import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';

/** Writes a zip with one file. The same content gives the same bytes, wherever and whenever it is written. */
export async function writeZip(target: string, name: string, content: Uint8Array): Promise<void> {
  const archive = new yazl.ZipFile();
  archive.addBuffer(Buffer.from(content), name, {
    // A zip holds local time, so this is the same in every time zone; the field with the time in UTC is left out. yazl replaces
    // what lies before the first moment that a zip can hold, which it reckons in the zone of the process.
    mtime: new Date(1980, 0, 2),
    forceDosTimestamp: true,
    mode: 0o100644,
  });
  archive.end();
  await pipeline(archive.outputStream, createWriteStream(target));
}
