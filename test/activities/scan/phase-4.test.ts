import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../../../src/activities/registry.ts';
import { scanCheck } from '../../../src/activities/scan/check.ts';
import { scanners } from '../../../scripts/sandbox/tools.ts';
import { compilePhase } from '../../../src/worker/host/phases.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Place } from '../../../src/activities/scan/model.ts';
import { findingLine, scanPhase } from '../../../src/activities/scan/scan.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';

const phases = join(import.meta.dirname, '../../../phases');

describe('the scan check, with the real scanners', function () {
  this.timeout(300_000);
  let folder: string;
  let input: JsonObject;

  before(async () => {
    await scanners();
    const { plan } = await compilePhase(phases, 'phase-4', kinds);
    const criteria = Object.values(plan?.milestones[1]?.gates ?? {}).flatMap((gates) => [gates].flat());
    const checks = criteria.flatMap((gate) => gate.criteria.flatMap((one) => one.checks));
    input = checks.find(({ kind }) => kind === 'scan')?.input ?? assert.fail('no gate of 4.2 asks for a scan');
    folder = await mkdtemp(join(tmpdir(), 'scan-'));
    await cp(join(phases, 'phase-4'), folder, { recursive: true });
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const places = () => input['places'] as unknown as readonly Place[];

  it('refers to nothing that is known only after a deployment', () => {
    assert.doesNotMatch(JSON.stringify(input), /\{\{/);
  });

  it('finds the templates of phase 4 clean but for what is reviewed, with no exception left over', async () => {
    const { state, reason, evidence } = await scanCheck.run(checkCall('scan', input), toolsIn(folder));
    assert.equal(
      reason.replace(/\d+ findings/, 'N findings'),
      '21 templates are clean, but for N findings that are suppressed',
    );
    assert.equal(state, 'passed');
    assert.match(JSON.stringify(evidence), /cfn-lint \d.* cfn-guard \d.* checkov \d/);
    const { signal } = new AbortController();
    const { judged } = await scanPhase({ phaseDir: folder, places: places(), signal, today: '2026-11-25' });
    assert.deepEqual(judged.unused, []);
  });

  it('finds what is wrong with one, and what excuses itself', async () => {
    const template = join(folder, 'infra/storage.yaml');
    const text = await readFile(template, 'utf8');
    const worse = text
      .replace('      Encrypted: true\n', '      Encrypted: false\n')
      .replace(
        '      VersioningConfiguration: { Status: Enabled }\n',
        '      VersioningConfiguration: { Status: Sometimes }\n',
      )
      .replace('  DataVolume:\n', '  DataVolume:\n    Metadata: { checkov: { skip: [{ id: CKV_AWS_3 }] } }\n');
    await writeFile(template, worse);
    const one = places().filter(({ stack, environment }) => stack === 'storage' && environment !== 'testing');
    const { signal } = new AbortController();
    const { judged, problems } = await scanPhase({ phaseDir: folder, places: one, signal, today: '2026-11-25' });
    assert.deepEqual(problems, []);
    const lines = judged.open.map(findingLine);
    const expected = [
      /^cfn-lint E3030 infra\/storage\.yaml#DataBucket: line \d+: 'Sometimes' is not one of/,
      /^cfn-guard ec2_encrypted_volumes_check infra\/storage\.yaml#DataVolume \(production\)/,
      /^checkov CKV_AWS_3 infra\/storage\.yaml#DataVolume \(development\)/,
      /^phasegate inline-suppression infra\/storage\.yaml#DataVolume/,
    ];
    for (const line of expected)
      assert.ok(
        lines.some((found) => line.test(found)),
        `${String(line)}\n${lines.join('\n')}`,
      );
  });
});
