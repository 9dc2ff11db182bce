import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanCheck } from '../../../src/activities/scan/check.ts';
import type { CheckResult } from '../../../src/contract/kinds.ts';
import { scan, type Scan } from '../../../src/activities/scan/scan.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';

/** Scanners that answer as told, in place of the real ones: their failures cannot be provoked otherwise. */
describe('scanners that', () => {
  let folder: string;
  const places = [
    { stack: 'one', environment: 'development', template: 'one.yaml', region: 'eu-west-1', parameters: {} },
  ];
  const saved = { ...process.env };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scanners-'));
    await writeFile(join(folder, 'one.yaml'), 'Resources: { Topic: { Type: AWS::SNS::Topic } }\n');
    await writeFile(join(folder, 'rule.guard'), 'rule anything { Resources exists }\n');
  });

  beforeEach(async () => {
    process.env['PHASEGATE_GUARD_RULES'] = folder;
    await provide('cfn-lint', lint());
    await provide('cfn-guard', guard('PASS'));
    await provide('checkov', checkov(1));
  });

  afterEach(() => {
    for (const name of variables) {
      if (saved[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = saved[name];
    }
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const variables = ['PHASEGATE_CFN_LINT', 'PHASEGATE_CFN_GUARD', 'PHASEGATE_CHECKOV', 'PHASEGATE_GUARD_RULES'];
  const lint = () => `case "$1" in --version) echo cfn-lint 1.0.0;; *) echo '[]';; esac`;
  const guard = (status: string) => `case "$1" in --version) echo cfn-guard 3.0.0;; *)
    printf '[{"name":"%s","status":"${status}","not_compliant":[]}]' "$5/development/one.json";; esac`;
  const checkov = (resources: number) =>
    `echo '${JSON.stringify({
      results: { failed_checks: [] },
      summary: { passed: resources, failed: 0, resource_count: resources, checkov_version: '3.0.0' },
    })}'`;

  async function provide(tool: string, script: string): Promise<void> {
    const program = join(folder, tool);
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    process.env[`PHASEGATE_${tool.toUpperCase().replace('-', '_')}`] = program;
  }

  const run = (timeoutMs?: number): Promise<Scan> => {
    const { signal } = new AbortController();
    return scan({ phaseDir: folder, places, signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  };

  const check = (): Promise<CheckResult> => scanCheck.run(checkCall('scan', { places }), toolsIn(folder));

  it('find nothing give a pass, with tools, rules and templates as evidence', async () => {
    const { problems, reports, templates } = await run();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      reports.map(({ tool, version }) => `${tool} ${version}`),
      ['cfn-lint 1.0.0', 'cfn-guard 3.0.0', 'checkov 3.0.0'],
    );
    for (const { rules } of reports) assert.match(rules, /^[0-9a-f]{64}$/);
    assert.match(templates['one.yaml'] ?? '', /^[0-9a-f]{64}$/);
  });

  it('object without saying to what give no pass', async () => {
    await provide('cfn-guard', guard('FAIL'));
    const { state, reason } = await check();
    assert.equal(state, 'inconclusive');
    assert.match(reason, /cfn-guard objects to .*one.json without saying to what/);
  });

  it('are missing give no pass', async () => {
    process.env['PHASEGATE_CHECKOV'] = join(folder, 'nowhere');
    const { state, reason } = await check();
    assert.equal(state, 'inconclusive');
    assert.match(reason, /checkov is not at .*nowhere; run "npm run setup"/);
  });

  const failures: readonly (readonly [what: string, tool: string, script: string, expected: RegExp])[] = [
    ['crash', 'cfn-lint', 'echo oh no >&2; exit 1', /cfn-lint ended with exit code 1: oh no/],
    ['are killed', 'checkov', 'kill -9 $$', /checkov was ended by SIGKILL/],
    ['cannot read their rules', 'cfn-guard', 'exit 5', /cfn-guard ended with exit code 5/],
    ['answer with something else', 'checkov', 'echo Traceback', /checkov answered with something else than JSON/],
    ['look at nothing', 'checkov', `echo '{"passed": 0, "failed": 0}'`, /checkov has looked at nothing/],
  ];
  for (const [what, tool, script, expected] of failures) {
    it(`${what} give no pass`, async () => {
      await provide(tool, script);
      const { problems, reports } = await run();
      assert.match(problems.join('\n'), expected);
      assert.equal(reports.length, 2);
    });
  }

  it('take too long are stopped, and give no pass', async () => {
    // Not only the tool, but what it has started, too: that keeps its output open.
    await provide('checkov', 'sleep 60; true');
    assert.match((await run(500)).problems.join('\n'), /checkov was stopped after 0\.5 s/);
  });

  it('skip every rule give no pass', async () => {
    await provide('cfn-guard', guard('SKIP'));
    assert.match((await run()).problems.join('\n'), /all were skipped/);
  });

  it('apply no rule to anything give no pass', async () => {
    await provide('checkov', checkov(0));
    assert.match((await run()).problems.join('\n'), /checkov has applied no rule to anything/);
  });

  it('pass over a file give no pass', async () => {
    await provide('cfn-guard', `case "$1" in --version) echo cfn-guard 3.0.0;; *) echo '[]';; esac`);
    assert.match((await run()).problems.join('\n'), /looked at 0 of 1 files/);
  });

  it('see no credentials and no settings of their own', async () => {
    process.env['CHECKOV_SKIP_CHECK'] = 'CKV_AWS_18';
    await provide('checkov', `[ -z "$CHECKOV_SKIP_CHECK$AWS_ACCESS_KEY_ID" ] || exit 9\n${checkov(1)}`);
    const { problems } = await run();
    Reflect.deleteProperty(process.env, 'CHECKOV_SKIP_CHECK');
    assert.deepEqual(problems, []);
  });
});
