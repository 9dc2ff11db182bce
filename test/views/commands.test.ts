import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { signAllCommand, signalCommand, asSentBy, SOMEONE } from '../../src/views/commands.ts';

/** What a shell makes of a command: its words. */
function words(command: string): string[] {
  const printed = execFileSync('/bin/sh', ['-c', `set -- ${command}; for word; do printf '%s\\n' "$word"; done`]);
  return printed.toString().trimEnd().split('\n');
}

describe('a command for several people, as one of them sends it', () => {
  for (const name of ['dana', "Dana O'Neill", '$& "x" \\ `id` $(id)']) {
    it(`means ${name} and nothing else`, () => {
      const signal = asSentBy(signalCommand('p', 'approve', { gate: 'entry', by: SOMEONE }), name);
      assert.deepEqual(JSON.parse(words(signal).at(-1) ?? ''), { gate: 'entry', by: name });
      const signed = words(asSentBy(signAllCommand('p', 'entry', SOMEONE), name));
      assert.deepEqual(signed.slice(-4), ['--by', name, '--key', `keys/${name}.pem`]);
    });
  }

  it('stays as it is where it names its only sender', () => {
    const command = signalCommand('p', 'approve', { gate: 'entry', by: 'nora' });
    assert.equal(asSentBy(command, 'dana'), command);
  });
});
