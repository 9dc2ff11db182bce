import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from './run-script.ts';

describe('npm run verify', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-verify-'));
    for (let run = 1; run <= 6; run += 1) {
      const record = join(folder, 'records/my-phase', `run-${String(run)}`);
      await mkdir(record, { recursive: true });
      await writeFile(join(record, 'index.json'), '{}');
      await utimes(join(record, 'index.json'), run, run);
    }
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('names the runs of a phase, newest first, for the folder of the phase and for that of all records', async () => {
    for (const given of ['records/my-phase', 'records']) {
      const { code, stdout, stderr } = await runScript('verify', [given], { INIT_CWD: folder });
      assert.deepEqual([code, stdout], [1, '']);
      const [problem = '', ...hint] = stderr.trimEnd().split('\n');
      assert.match(problem, /there is no index\.json, so this is no record of a phase$/);
      assert.deepEqual(hint, [
        'It holds records of runs. Give one of them:',
        ...[6, 5, 4, 3, 2].map((run) => `  npm run verify -- records/my-phase/run-${String(run)}`),
        '  and 1 more',
      ]);
    }
  });

  it('says only that there is no record where there are no runs either', async () => {
    const empty = await runScript('verify', [await mkdtemp(join(folder, 'empty-'))]);
    assert.match(empty.stderr, /so this is no record of a phase\n$/);
  });
});
