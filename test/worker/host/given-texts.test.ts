import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryStore } from '../../../src/store/store.ts';
import { keepTexts, keptTexts } from '../../../src/worker/host/given-texts.ts';

describe('texts that an amendment brings along', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-texts-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('are kept among the records under their digests, and read again', async () => {
    const records = directoryStore(folder);
    const source = await keepTexts(records, 'phase/4', { playbook: 'people: {}\n' });
    assert.deepEqual(Object.keys(source), ['playbook']);
    assert.match(source.playbook ?? '', /^phase%2F4\/amendments\/[0-9a-f]{64}-playbook\.yaml$/);
    assert.deepEqual(await keptTexts(records, source), { playbook: 'people: {}\n' });
  });

  it('are refused when somebody has written over them, or they are gone', async () => {
    const records = directoryStore(folder);
    const source = await keepTexts(records, 'p', { plan: '# Phase 4\n' });
    await records.write(source.plan ?? '', '# Phase 5\n');
    await assert.rejects(keptTexts(records, source), /is not the text of the amendment any more/);
    await assert.rejects(keptTexts(records, { plan: 'p/amendments/none-plan.md' }), /is missing among the records/);
  });
});
