import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builds } from '../../../../scripts/sandbox/pipelines/builds/builds.ts';
import type { BuildOrder } from '../../../../scripts/sandbox/pipelines/builds/record.ts';

describe('The bounds of builds', () => {
  let stateDir: string;
  beforeEach(async () => (stateDir = await mkdtemp(join(tmpdir(), 'phasegate-builds-'))));
  afterEach(() => rm(stateDir, { recursive: true, force: true }));

  const order = (command: string): BuildOrder => ({
    project: 'app',
    region: 'eu-west-1',
    source: { type: 'NO_SOURCE' },
    secondarySources: [],
    buildspec: { text: JSON.stringify({ version: 0.2, phases: { build: { commands: [command] } } }) },
    variables: [],
    secondaryTargets: [],
    timeoutMinutes: 5,
    queuedTimeoutMinutes: 5,
    shown: {},
  });

  it('keep the newest builds, with their folders', async () => {
    const builds = new Builds(stateDir, { atOnce: 2, queued: 50, kept: 2 });
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { id } = await builds.start(order('true'));
      await builds.end(id);
      ids.push(id);
    }
    assert.deepEqual(
      builds.all().map(({ id }) => id),
      ids.slice(2),
    );
    assert.equal((await readdir(builds.folder)).length, 2);
  });

  it('refuse a build when too many wait, and keep those that have not ended', async () => {
    const go = join(stateDir, 'go');
    const builds = new Builds(stateDir, { atOnce: 1, queued: 1, kept: 1 });
    const waiting = order(`while [ ! -f ${go} ]; do sleep 0.05; done`);
    const first = await builds.start(waiting);
    const second = await builds.start(waiting);
    await assert.rejects(builds.start(waiting), { code: 'AccountLimitExceededException' });
    await writeFile(go, '');
    for (const { id } of [first, second]) assert.equal((await builds.end(id)).status, 'SUCCEEDED');
  });

  it('count time in the queue: a build that has waited too long does not run', async () => {
    const builds = new Builds(stateDir, { atOnce: 1, queued: 5, kept: 5 });
    const first = await builds.start(order('sleep 0.3'));
    const late = await builds.start({ ...order('true'), queuedTimeoutMinutes: 0.001 });
    assert.equal((await builds.end(late.id)).status, 'TIMED_OUT');
    await builds.end(first.id);
  });
});
