import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { commandStep } from '../../src/activities/command/step.ts';
import type { StepResult } from '../../src/contract/kinds.ts';
import { stepCall, toolsIn } from '../support/tools.ts';

const script = join(import.meta.dirname, '../../phases/phase-4/suites/terraform.mjs');
const stub = join(import.meta.dirname, 'terraform-stub.mjs');

/** The project installs no Terraform: the tests use the machine's, where it has one, and a stand-in everywhere. */
const real = ['terraform', 'tofu'].flatMap((name) =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((path) => (existsSync(join(path, name)) ? join(path, name) : [])),
);

for (const program of [stub, ...real.slice(0, 1)]) {
  describe(`a command step that runs Terraform (${program === stub ? 'stand-in' : 'the real one'})`, function () {
    this.timeout(120_000);
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'terraform-'));
      await configure({ first: {}, second: {} });
    });

    afterEach(() => rm(folder, { recursive: true, force: true }));

    interface Resource {
      readonly input?: string;
      readonly triggers_replace?: string;
    }

    // A resource that Terraform has built in: it needs no provider, and so nothing is downloaded.
    const configure = (resources: { readonly [name: string]: Resource }, more: object = {}) =>
      writeFile(
        join(folder, 'main.tf.json'),
        JSON.stringify({
          variable: { environment: { type: 'string' } },
          resource: { terraform_data: resources },
          output: {
            Name: { value: 'network of ${var.environment}' },
            Password: { value: 'geheim', sensitive: true },
          },
          ...more,
        }),
      );

    const run = (args: readonly string[] = [], environments = ['development']): Promise<StepResult> => {
      const command = [process.execPath, script, folder, ...args];
      const env = { PHASEGATE_TERRAFORM: program, TMPDIR: folder };
      return commandStep.run(stepCall('command', { run: command, env, environments }), toolsIn(folder));
    };

    it('applies the plan and publishes outputs, but no secret', async () => {
      const { outputs, note, evidence } = await run();
      assert.deepEqual(outputs, { Name: 'network of development' });
      assert.equal(note, 'development: 2 added');
      assert.match(JSON.stringify(evidence), /"sha256":"[0-9a-f]{64}"/);
    });

    it('changes nothing the second time, as when its worker was lost in between', async () => {
      await run();
      assert.equal((await run()).note, 'development: no changes');
    });

    it('tells a folder that does not exist, and that it is no step, from a program that is missing', async () => {
      const brief = JSON.stringify({ input: { environments: ['development'] } });
      const told = (input: string, ...args: string[]) => {
        const env = { ...process.env, PHASEGATE_TERRAFORM: program };
        const { status, stderr } = spawnSync(process.execPath, [script, ...args], { input, env, encoding: 'utf8' });
        return `${status} ${stderr}`;
      };
      assert.match(told(brief, join(folder, 'nowhere')), /^2 There is no folder \S+nowhere .*name the one/);
      for (const input of ['', '{}', 'null', '{"input":{}}']) {
        assert.match(told(input, folder), /^2 There is no step on standard input/, input);
      }
    });

    it('updates what can be updated', async () => {
      await run();
      await configure({ first: { input: 'new' }, second: {} });
      assert.equal((await run()).note, 'development: 1 changed');
    });

    it('destroys nothing that is not named, and applies nothing of such a plan', async () => {
      await run();
      await configure({ first: { input: 'new' } });
      await assert.rejects(run(), /terraform_data\.second would be destroyed\. To agree, add --allow-destroy/);
      assert.equal(
        (await run(['--allow-destroy', 'terraform_data.second'])).note,
        'development: 1 changed, 1 destroyed',
      );
    });

    it('takes a replacement for a destruction', async () => {
      await run();
      await configure({ first: { triggers_replace: 'x' }, second: {} });
      await assert.rejects(
        run(['--allow-destroy', 'terraform_data.second']),
        /terraform_data\.first would be replaced/,
      );
      assert.match((await run(['--allow-destroy', 'terraform_data.first'])).note ?? '', /1 added, 1 destroyed/);
    });

    it('leaves no plan behind, since a plan holds secrets', async () => {
      await run();
      assert.deepEqual(
        (await readdir(folder)).filter((entry) => entry.startsWith('terraform-plan-')),
        [],
      );
    });

    it('asks for exactly one environment', async () => {
      await assert.rejects(run([], ['development', 'testing']), /give this step exactly one environment/);
    });
  });
}

describe('a command step without Terraform', () => {
  it('says what to install', async () => {
    const env = { PHASEGATE_TERRAFORM: '/nowhere/terraform' };
    const input = { run: [process.execPath, script, tmpdir()], env, environments: ['development'] };
    await assert.rejects(
      commandStep.run(stepCall('command', input), toolsIn(tmpdir())),
      /\/nowhere\/terraform is not installed; install Terraform or OpenTofu/,
    );
  });
});
