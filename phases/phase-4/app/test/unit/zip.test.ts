import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeZip } from '../../tools/zip.ts';

describe('zips of functions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orders-zip-'));
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('have the same bytes in every time zone', async () => {
    const zips: Buffer[] = [];
    for (const name of ['UTC', 'Asia/Tokyo', 'America/Los_Angeles']) {
      process.env['TZ'] = name;
      const file = join(folder, `${zips.length}.zip`);
      await writeZip(file, 'index.js', Buffer.from('exports.handler = async () => 1;\n'));
      zips.push(readFileSync(file));
    }
    assert.ok(zips.every((zip) => zip.equals(zips[0] ?? Buffer.alloc(0))));
    assert.ok((zips[0]?.length ?? 0) > 100);
  });
});
