import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolsDir } from '../../scripts/sandbox/paths.ts';
import { accepts } from '../../scripts/sandbox/ports.ts';
import { freePort } from '../support/sandbox.ts';
import { startScript } from './run-script.ts';

/** Stands in for a Python without the tools' environments: notes each that it is to make, and goes on until a signal ends it. */
const FAKE_PYTHON = `#!/bin/sh
if [ "$1" = -c ]; then echo 3.99; exit; fi
trap 'echo "Traceback (most recent call last): KeyboardInterrupt" >&2; exit 1' INT TERM
touch "$STARTED/$(basename "$3")"
while :; do sleep 1; done
`;

describe('a signal during installation', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-stopped-'));
    await writeFile(join(folder, 'python'), FAKE_PYTHON);
    await chmod(join(folder, 'python'), 0o700);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('ends the demo with one line, and leaves nothing running and nothing half installed', async function () {
    this.timeout(120_000);
    const [temporal, ui, emulator] = [await freePort(), await freePort(), await freePort()];
    const entries = watch(folder);
    const demo = startScript(
      'demo',
      ['--temporal-port', String(temporal), '--ui-port', String(ui), '--emulator-port', String(emulator)],
      {
        PHASEGATE_PYTHON: join(folder, 'python'),
        STARTED: folder,
        // These come from an environment that is to be made.
        PHASEGATE_MINISTACK_PYTHON: '',
        PHASEGATE_CFN_LINT: '',
        PHASEGATE_CHECKOV: '',
      },
    );
    // Temporal runs by then.
    for await (const { filename } of entries) if (filename?.startsWith('.emulator-') === true) break;
    demo.process.kill('SIGINT');
    const { code, stdout, stderr } = await demo.outcome();
    assert.equal(code, 130);
    assert.match(stderr, /^stopped; run it again to go on\n$/m);
    assert.doesNotMatch(stdout + stderr, /Traceback|apt-get|temporal workflow start/);
    assert.equal(await accepts(temporal), false);
    const drafts = (await readdir(toolsDir)).filter((name) => name.endsWith(`-${String(demo.process.pid)}`));
    assert.deepEqual(drafts, []);
  });
});
