import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../../../src/base/errors.ts';
import { deliver } from '../../../src/activities/notices/deliver.ts';
import { directoryStore } from '../../../src/store/store.ts';
import { Folders } from '../../support/folders.ts';
import { notice } from './fixture.ts';

describe('a file of notices', () => {
  let folders: Folders;
  const append = (file: string, id = 'n1') =>
    deliver(notice({ id, text: 'two\nlines' }), { file }, { records: directoryStore(folders.recordsDir), env: {} });

  beforeEach(async () => {
    folders = await Folders.create({});
  });
  afterEach(() => folders.remove());

  it('has one line of JSON for each', async () => {
    await append('phase-4/notices.jsonl');
    await append('phase-4/notices.jsonl', 'n2');
    const text = await readFile(join(folders.recordsDir, 'phase-4', 'notices.jsonl'), 'utf8');
    assert.ok(text.endsWith('\n'));
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      ['n1', 'n2'].map((id) => notice({ id, text: 'two\nlines' })),
    );
  });

  it('has a notice once that is delivered again after a crash, also where another came meanwhile', async () => {
    for (const id of ['n1', 'n2', 'n1', 'n2']) await append('notices.jsonl', id);
    const lines = (await readFile(join(folders.recordsDir, 'notices.jsonl'), 'utf8')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { id: string }).id),
      ['n1', 'n2'],
    );
  });

  it('keeps its lines whole when several are written at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `n${index}`);
    await Promise.all(ids.map((id) => append('notices.jsonl', id)));
    const lines = (await readFile(join(folders.recordsDir, 'notices.jsonl'), 'utf8')).trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { id: string }).id).sort(), ids.sort());
  });

  it('lies within the records directory', async () => {
    for (const path of ['../notices.jsonl', '', '/etc/notices', 'a/../../notices']) {
      await assert.rejects(append(path), (error: Error) => {
        assert.ok(error instanceof PermanentError);
        assert.match(error.message, /the path must stay within the records directory/);
        return true;
      });
    }
  });
});
