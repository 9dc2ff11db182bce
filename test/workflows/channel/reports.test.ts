import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emulator } from '../../support/emulator.ts';
import { withWorker, type PhaseHandle } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';
import { chain } from '../../support/stacks.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

const playbook = `
environments: { development: { region: eu-west-1 } }
stacks: { words: words.json }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [words] }
      a2: { report: { readiness-report: [stacks] } }
    exit:
      1: { approve: true, evidence: readiness-report }
`;

describe('a criterion that has a report approved', () => {
  before(emulator);

  it('shows where the report is with its digest, and no longer counts an approval once the report is another', async () => {
    const name = `t-${randomUUID().slice(0, 8)}`;
    const files = { 'plan.md': plan, 'playbook.yaml': playbook, 'words.json': chain(1) };
    await withWorker({ phases: { [name]: files } }, async ({ start, folders }) => {
      const phase = await start({ phase: name });
      for (const gate of ['entry', '9.1/entry']) {
        await phase.untilOpen(gate);
        await phase.approve(gate);
      }
      await phase.untilOpen('9.1/exit');
      const reason = await found(phase, 'passed');
      const [, where = '', digest] = /: ready; (\S+), SHA-256 ([0-9a-f]{64})$/.exec(reason) ?? [];
      const file = join(folders.recordsDir, where);
      const report = await readFile(file, 'utf8');
      assert.equal(createHash('sha256').update(report).digest('hex'), digest);
      assert.match(report, /\*\*The environments are ready\.\*\*/);
      assert.match(report, /all stacks \| passed \| 1 stack is complete/);

      // Whoever changes the file changes what would be approved.
      await writeFile(file, `${report}and ready for everything else\n`);
      await phase.say('recheck', { gate: '9.1/exit', by: 'anyone' });
      assert.match(await found(phase, 'failed'), /has been changed since it was written/);
      await writeFile(file, report);
      await phase.say('recheck', { gate: '9.1/exit', by: 'anyone' });
      await found(phase, 'passed');
      await phase.approve('9.1/exit');
      await phase.untilOpen('9.1/quality');
      await phase.workflow.terminate();
    });
  });
});

/** Waits until the report has been looked at with that result; answers with the reason. */
async function found(phase: PhaseHandle, state: string): Promise<string> {
  let reason = '';
  await phase.until(`the report check has ${state}`, async () => {
    const { gates } = await phase.gates();
    const check = gates.find(({ gate }) => gate === '9.1/exit')?.unmet[0]?.checks[0];
    reason = check?.reason ?? '';
    return check?.state === state;
  });
  return reason;
}
