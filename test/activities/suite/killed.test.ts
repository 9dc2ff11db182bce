import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../../../src/activities/command/processes.ts';
import { Folders } from '../../support/folders.ts';
import { stepCall, toolsIn } from '../../support/tools.ts';
import { junit, runSuite, writes } from './fixture.ts';

describe('a suite whose worker is killed', function () {
  this.timeout(60_000);
  let folders: Folders;

  before(async () => {
    folders = await Folders.create({ phase: { empty: '' } });
  });
  after(() => folders.remove());

  it('is ended with what has left its group and does not heed SIGTERM, and runs anew without what it has left', async () => {
    const phaseDir = `${folders.phasesDir}/phase`;
    const firstRunId = randomUUID();
    const args = ['--import', 'tsx', join(import.meta.dirname, 'worker.ts'), phaseDir, firstRunId];
    const worker = spawn(process.execPath, args, { stdio: 'inherit' });
    assert.deepEqual(await once(worker, 'exit'), [null, 'SIGKILL']);
    const run = await readFile(join(phaseDir, 'run'), 'utf8');
    const folder = await readFile(join(phaseDir, 'folder'), 'utf8');
    await access(folder);
    const deadline = Date.now() + 20_000;
    while ((await processesOf(run)).length > 0 && Date.now() < deadline) await delay(50);
    assert.deepEqual(await processesOf(run), []);
    const { phase } = stepCall('suite', {});
    const { fact } = await runSuite(
      writes(junit({ a: '' })),
      toolsIn(phaseDir),
      {},
      { phase: { ...phase, firstRunId } },
    );
    assert.equal(fact.cases.passed, 1);
    await assert.rejects(access(folder), { code: 'ENOENT' });
  });
});
