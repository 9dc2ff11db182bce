import { directoryStore } from '../../../src/store/store.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { HandoverDocument } from '../../../src/contract/handover.ts';
import { readHandover, writeHandover } from '../../../src/activities/handover/files.ts';
import { Folders } from '../../support/folders.ts';

const document: HandoverDocument = {
  format: 1,
  phase: { number: '4', title: 'Implementation Execution' },
  workflowId: 'phase-4',
  runId: 'run-1',
  completedAt: '2026-11-23T12:00:00.000Z',
  milestones: [{ number: '4.1', title: 'Environment Setup', state: 'done' }],
  provides: [{ text: 'All quality gates passed', met: 'checked by gate', gate: 'completion' }],
  outputs: { development: { 'stacks.network': { VpcId: 'vpc-1' } } },
  evidence: [],
};

describe('hand-over files', () => {
  let folders: Folders;
  const read = (path: string) => readHandover(`${folders.phasesDir}/phase-5`, path);

  beforeEach(async () => {
    folders = await Folders.create({});
  });
  afterEach(() => folders.remove());

  it('are read by the next phase as this one wrote them', async () => {
    const { where, sha256 } = await writeHandover(directoryStore(folders.recordsDir), document);
    const text = await readFile(join(folders.recordsDir, where), 'utf8');
    assert.equal(createHash('sha256').update(text).digest('hex'), sha256);
    await folders.write('phase-5', 'handover/phase-4.json', text);
    assert.deepEqual(await read('handover/phase-4.json'), document);
  });

  it('are the same when they are written again', async () => {
    const first = await writeHandover(directoryStore(folders.recordsDir), document);
    assert.deepEqual(await writeHandover(directoryStore(folders.recordsDir), document), first);
  });

  it('stay in the records directory, whatever the workflow is called', async () => {
    const { where } = await writeHandover(directoryStore(folders.recordsDir), {
      ...document,
      workflowId: '../../phase 4/x',
    });
    assert.doesNotMatch(relative(folders.recordsDir, join(folders.recordsDir, where)), /^\.\./);
  });

  it('keep what a newer version adds', async () => {
    await folders.write('phase-5', 'newer.json', JSON.stringify({ ...document, signature: 's' }));
    assert.deepEqual(await read('newer.json'), { ...document, signature: 's' });
  });

  it('say what is wrong with them', async () => {
    await folders.write('phase-5', 'broken.json', '{');
    await folders.write('phase-5', 'other.json', '{"format": 1, "phase": {"number": "4"}}');
    await assert.rejects(read('gone.json'), /hand-over gone\.json: there is no such file in the phase folder/);
    await assert.rejects(read('broken.json'), /hand-over broken\.json: not JSON/);
    await assert.rejects(read('other.json'), /hand-over other\.json: phase\.title: /);
    await assert.rejects(read('../phase-4/secret.json'), /must stay within the phase folder/);
  });
});
