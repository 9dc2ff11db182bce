import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { readAnchors } from '../../scripts/verify/anchors.ts';
import { verifiedLines } from '../../scripts/verify/report.ts';
import { newKey } from '../../src/identity/keys.ts';
import { readRuns } from '../../src/record/files.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { claimsOf, signed } from '../support/signed.ts';
import { verify } from '../support/verify.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const before = newKey('EdDSA');
const after = newKey('ES256');
const playbook = `people:
  dana: { roles: [Stakeholder], agents: [Build Agent], keys: [${JSON.stringify(before.jwk)}] }
gates: { completion: { policy: { trust: signed }, 1: { approve: Stakeholder } } }
`;

describe('keys of a record', () => {
  it('may have changed while the last gate was open, and are named; a playbook from elsewhere must list them', async function () {
    this.timeout(60_000);
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'dana');
      for (const gate of ['9.1/exit', '9.1/quality']) await phase.approve(gate, 'dana');
      await phase.untilOpen('completion');
      const changed = playbook.replace(JSON.stringify(before.jwk), JSON.stringify(after.jwk));
      await harness.folders.write('small', 'playbook.yaml', changed);
      assert.equal(
        (await phase.hear('approve', await signed(await claimsOf(phase, 'dana', { gate: 'completion' }), after.pem)))
          .code,
        'ACCEPTED',
      );
      await phase.workflow.result();
      const { where } = (await phase.archive().result()) as { where: string };
      const runs = await readRuns([join(harness.folders.recordsDir, where)]);

      const found = await verify(runs);
      assert.ok('keys' in found, JSON.stringify(found));
      const thumbprint = await calculateJwkThumbprint(after.jwk);
      assert.match(verifiedLines(found), new RegExp(`dana, key ${thumbprint}, as the record lists it`));

      const file = join(harness.folders.recordsDir, 'trusted.yaml');
      await writeFile(file, changed);
      const anchors = await readAnchors({ playbook: file }, 'small');
      const trusted = await verify(runs, { anchors });
      assert.ok('keys' in trusted, JSON.stringify(trusted));
      assert.match(verifiedLines(trusted, anchors), new RegExp(`dana, key ${thumbprint}$`, 'm'));

      await writeFile(file, playbook);
      const other = await verify(runs, { anchors: await readAnchors({ playbook: file }, 'small') });
      assert.ok('reason' in other && /does not list the key .* for dana/.test(other.reason), JSON.stringify(other));
    });
  });

  it('of a provider are read as providers publish them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-keys-'));
    try {
      const file = join(folder, 'jwks.json');
      const published = { ...after.jwk, kid: 'one', use: 'sig', alg: 'ES256' };
      await writeFile(file, JSON.stringify({ keys: [published, { kty: 'oct', k: 'x' }] }));
      const { providerKeys } = await readAnchors({ jwks: file }, 'small');
      assert.deepEqual([...(providerKeys ?? [])], [await calculateJwkThumbprint(after.jwk)]);
      await writeFile(file, '{"keys":[]}');
      await assert.rejects(readAnchors({ jwks: file }, 'small'), /it holds no RSA, P-256 or Ed25519 key/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
