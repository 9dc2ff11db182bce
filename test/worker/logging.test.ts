import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

describe('the worker’s log', () => {
  it('tells the message of an error', async () => {
    const logging = join(import.meta.dirname, '../../src/worker/connect.ts');
    const script = `import(${JSON.stringify(logging)}).then(({ createLogger }) =>
      createLogger('info').error('went wrong', { error: new Error('the reason'), taskToken: 'secret' }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script]);
    const entry = JSON.parse(stdout) as { msg: string; error: { message: string } };
    assert.equal(entry.msg, 'went wrong');
    assert.equal(entry.error.message, 'the reason');
    assert.doesNotMatch(stdout, /secret/);
  });
});
