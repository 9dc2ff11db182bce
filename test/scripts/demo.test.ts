import assert from 'node:assert/strict';
import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { introduction } from '../../scripts/demo/introduction.ts';
import { Manual } from '../../scripts/demo/manual.ts';
import { Progress } from '../../scripts/demo/progress.ts';
import { signedPhase } from '../../scripts/demo/signed-phase.ts';
import { standInList } from '../../scripts/demo/stand-ins.ts';
import { compileFile } from '../../scripts/plan/load.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import { newKey } from '../../src/identity/keys.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { freePort } from '../support/sandbox.ts';
import { devServer } from '../support/servers.ts';
import { runScript, type Outcome } from './run-script.ts';

describe("the demo's introduction", () => {
  const servers = { address: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233', emulatorUrl: 'http://127.0.0.1:4566' };

  it('begins with the link, and fits above what happens', () => {
    const lines = introduction(servers, { workflowId: 'phase-4', manual: false, cli: 'export PATH=x' }).split('\n');
    assert.match(lines[2] ?? '', /Web UI +http:\/\/127\.0\.0\.1:8233\/namespaces\/default\/workflows\/phase-4$/);
    assert.ok(lines.length <= 12, `${String(lines.length)} lines`);
    assert.ok(lines.some((line) => line.includes('the end of the demo lists what the emulator only imitates')));
  });

  it('leaves what is not as on AWS to a list of its own, with what is missing of each', () => {
    const added = [
      { type: 'AWS::CloudTrail::Trail', reality: 'recorded', missing: 'no call is recorded' },
      { type: 'AWS::EC2::EIP', reality: 'emulated', missing: null },
    ];
    assert.deepEqual(standInList(added).split('\n'), [
      'Stand-ins, which are not as on AWS:',
      '  AWS::CloudTrail::Trail  no call is recorded',
      '  AWS::EC2::EIP           emulated',
    ]);
  });
});

describe("the demo's signed phase", () => {
  it('asks for signatures at the quality gates, in a copy that keeps its comments', async () => {
    const original = join(root, 'phases/phase-4/playbook.yaml');
    const before = await readFile(original, 'utf8');
    const signed = await signedPhase('phase-4');
    try {
      const folder = join(signed.phasesDir, 'phase-4');
      const { plan } = await compileFile(folder, { playbook: true });
      assert.ok(plan !== undefined);
      const asking = gatesOf(plan).filter(({ policy }) => policy?.trust === 'signed');
      assert.deepEqual(
        asking.map(({ id }) => id),
        ['4.1/quality', '4.2/quality', '4.3/quality'],
      );
      const copy = await readFile(join(folder, 'playbook.yaml'), 'utf8');
      for (const comment of before.match(/^ *# .*$/gm) ?? []) assert.ok(copy.includes(comment.trim()), comment);
      assert.equal(await readFile(original, 'utf8'), before);
    } finally {
      await signed.remove();
    }
  });

  it('has keys that only this user can read, and takes them away at the end', async () => {
    const signed = await signedPhase('phase-4');
    const files = [...signed.keys.keys()].map((person) => join(root, signed.keysDir, `${person}.pem`));
    try {
      assert.ok(files.length > 0);
      for (const file of files) assert.equal((await stat(file)).mode & 0o777, 0o600);
    } finally {
      await signed.remove();
    }
    for (const file of files) await assert.rejects(access(file), { code: 'ENOENT' });
  });
});

describe('npm run demo -- --manual', () => {
  it('prints commands that clear a signed gate with a quorum as they stand', async () => {
    const [dana, nora] = [newKey('EdDSA'), newKey('EdDSA')];
    const playbook = JSON.stringify({
      people: {
        dana: { roles: ['Stakeholder'], keys: [dana.jwk] },
        nora: { roles: ['Stakeholder'], keys: [nora.jwk] },
      },
      policy: { trust: 'signed' },
      gates: { entry: { 1: { approve: { role: 'Stakeholder', quorum: 2 } } } },
    });
    const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
    const plan = smallPlan({
      milestones: [
        { number: '9.1', title: 'One', lanes },
        { number: '9.2', title: 'Two', lanes },
      ],
    });
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const keysDir = join(harness.folders.root, 'made-for-this-run');
      await mkdir(keysDir);
      await writeFile(join(keysDir, 'dana.pem'), dana.pem);
      await writeFile(join(keysDir, 'nora.pem'), nora.pem);
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      const printed: string[] = [];
      const manual = new Manual((line) => printed.push(line), keysDir);
      const shown = async (): Promise<string> => {
        printed.length = 0;
        await manual.act((await phase.gates()).gates, []);
        return printed[0] ?? '';
      };
      const first = await shown();
      assert.match(first, /^dana or nora can \(needs 2 Stakeholder\): npm run approve -- /);
      assert.match((await paste(first)).stdout, /^ACCEPTED: /);
      const second = await shown();
      assert.match(second, /^nora can \(needs 1 more Stakeholder\): npm run approve -- /);
      assert.match((await paste(second)).stdout, /^ACCEPTED: .*\nentry is cleared/);
      await phase.workflow.terminate();
    });
  });
});

describe("the demo's progress", () => {
  it('prints every verdict that is not ACCEPTED, of messages that others have sent as well', async () => {
    const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
    const plan = smallPlan({ milestones: ['9.1', '9.2'].map((number) => ({ number, title: 'One', lanes })) });
    const playbook = 'people:\n  dana: {roles: [Stakeholder]}\n  ines: {agents: [Build Agent]}\n';
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      await phase.hear('approve', { gate: '9.1/exit', by: 'dana' });
      await phase.hear('approve', { gate: 'entry', by: 'ines' });
      await phase.hear('complete', { task: '9.1/a7', by: 'ines' });
      await phase.hear('aprove', { gate: 'entry', by: 'dana' });
      await phase.hear('approve', { gate: 'entry', by: 'dana', id: 'x' });
      await phase.hear('approve', { gate: 'entry', by: 'dana', id: 'x' });
      const printed: string[] = [];
      const progress = new Progress(harness.client, phase.id, (line) => printed.push(line));
      await progress.look(await phase.status());
      const verdicts = printed.flatMap((line) => /■ (\w+ .*? by \w+ [A-Z]+): /.exec(line)?.[1] ?? []);
      assert.deepEqual(verdicts, [
        'approve 9.1/exit by dana EARLY',
        'approve entry by ines DENIED',
        'complete 9.1/a7 by ines UNKNOWN',
        'aprove entry by dana UNKNOWN',
        'approve entry by dana DUPLICATE',
      ]);
      await phase.workflow.terminate();
    });
  });
});

async function paste(line: string): Promise<Outcome> {
  const { address } = await devServer();
  const [, options = ''] = line.split(' -- ');
  return runScript('approve', options.split(' '), { TEMPORAL_ADDRESS: address });
}

describe('npm run demo', () => {
  it('refuses a day length that is none before it starts anything', async () => {
    for (const text of ['abc', '-2s', '5', '']) {
      const { code, stdout, stderr } = await runScript('demo', [`--day-length=${text}`]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^error: option '--day-length <length>' .* is invalid\. Write a length such as 24h, 8h or 2s\.\n$/,
      );
    }
  });

  it('refuses a port that is none, or is in use, before it installs or starts anything', async () => {
    const none = await runScript('demo', ['--emulator-port', 'http']);
    assert.deepEqual([none.code, none.stdout], [1, '']);
    assert.equal(
      none.stderr,
      '"http" is not a port: --emulator-port and PHASEGATE_EMULATOR_PORT take a number from 1 to 65535.\n',
    );
    const [, busy = ''] = (await devServer()).address.split(':');
    const free = ['--temporal-port', String(await freePort()), '--ui-port', String(await freePort())];
    const inUse = await runScript('demo', [...free, '--emulator-port', busy]);
    assert.deepEqual([inUse.code, inUse.stdout], [1, '']);
    assert.match(inUse.stderr, /^Port \d+ is in use, and the AWS emulator needs it\..*\n$/);
  });
});
