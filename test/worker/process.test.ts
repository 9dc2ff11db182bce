import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../support/sandbox.ts';

const worker = join(import.meta.dirname, '../../src/worker.ts');

describe('the worker process', () => {
  it('says in one line that no server answers, and ends with exit code 1', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', worker], {
      env: { ...process.env, TEMPORAL_ADDRESS: address },
    });
    await assert.rejects(run, (error: Error & { code?: number; stderr?: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr ?? '', new RegExp(`^phasegate worker: No Temporal server answers at ${address}.*\n$`));
      return true;
    });
  });
});
