import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordIndex } from '../../src/record/record-index.ts';
import { weekdays } from '../../src/calendar/calendar.ts';
import { readRuns } from '../../src/record/files.ts';
import { withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { Forger } from './forger.ts';
import { verify } from '../support/verify.ts';

const playbook = `people:
  dana: { roles: [Stakeholder] }
  omar: { roles: [Stakeholder, Security Lead], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
policy: { distinct: [starter] }
gates:
  entry: { 1: { approve: { role: Stakeholder, quorum: 2 } } }
milestones:
  '9.1':
    quality: { policy: { wait: 1s, soak: 1s }, 1: { check: { met: ready }, approve: Stakeholder, ttl: 1h } }
    exit: { policy: { override: { role: Delivery Lead, review: Security Lead } }, 1: { approve: Stakeholder } }
`;

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };

/** Open on one day of the week, which is three days away. */
const day = weekdays[(new Date().getUTCDay() + 2) % 7];
const never = { name: 'never', zone: 'UTC', days: [day], from: '00:00', to: '00:01', holidays: [] };

describe('the record of a phase', () => {
  let folder: string;
  let text: string;
  let handover: string;

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'phasegate-record-'));
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
    const { met } = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, checks: [met], sealer: null }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'lee' });
      await phase.untilOpen('entry');
      await phase.signal('approve', { gate: 'entry', by: 'mallory' });
      await phase.signal('aprove', { gate: 'entry', by: 'dana' });
      await phase.signal('approve', { gate: 'entry', by: 'dana', note: 'seen' });
      await phase.signal('approve', { gate: 'entry', by: 'omar' });
      await phase.untilOpen('9.1/entry');
      await phase.signal('approve', { gate: '9.1/entry', by: 'dana' });
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'omar');
      await phase.untilOpen('9.1/exit');
      await phase.signal('override', { gate: '9.1/exit', by: 'lee', reason: 'outage' });
      await phase.untilOpen('9.1/quality');
      await phase.until('the check has passed', async () => {
        const [gate] = (await phase.gates()).gates;
        return gate?.unmet[0]?.checks[0]?.state === 'passed';
      });
      await phase.signal('approve', { gate: '9.1/quality', by: 'omar' });
      await phase.untilOpen('completion');
      await phase.say('approve', { gate: 'completion', by: 'dana' });
      await phase.workflow.result();
      const archived = harness.client.workflow.getHandle(`${phase.workflow.workflowId}:archive`);
      const { where } = (await archived.result()) as { where: string };
      await cp(join(harness.folders.recordsDir, where), folder, { recursive: true });
      handover = await readFile(join(harness.folders.recordsDir, `${where}.json`), 'utf8');
    });
    text = await phaseHistory(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('holds from the record alone', async () => {
    const found = await verify(await readRuns([folder]));
    assert.ok(!('reason' in found), JSON.stringify(found));
    assert.equal(found.messages, 10);
    assert.equal(found.gates, 4);
    assert.deepEqual(found.overridden, [{ gate: '9.1/exit', by: 'lee' }]);
    assert.ok(found.compared > 20, String(found.compared));
    assert.match(found.workflowId, /^p-/);
    assert.equal(found.handover, 'absent');
  });

  it('holds together with the hand-over that the phase has written, and with no other', async () => {
    const runs = await readRuns([folder]);
    const found = await verify(runs, { handover });
    assert.ok('handover' in found, JSON.stringify(found));
    assert.equal(found.handover, 'as written');
    const changed = await verify(runs, { handover: handover.replace('approved by dana', 'approved by omar') });
    assert.deepEqual(changed, { where: 'the hand-over', reason: 'it is not the document that the phase wrote' });
  });

  it('shows that the history of a milestone is missing', async () => {
    const index = await indexOf(folder);
    const milestone = index.histories.find(({ type }) => type === 'milestone');
    const less = { ...index, histories: index.histories.filter((one) => one !== milestone) };
    const path = join(folder, 'index.json');
    await writeFile(path, JSON.stringify(less));
    await assert.rejects(readRuns([folder]), /the history of .*:9\.1 \(run .*\) is missing/);
    await writeFile(path, JSON.stringify(index));
  });

  const sharper: readonly (readonly [string, string, string])[] = [
    ['before enough people had approved', '"quorum":2', '"quorum":3'],
    ['before its time', '"wait":1', '"wait":60'],
    ['before its soak time', '"soak":1', '"soak":60'],
    ['on a pass that was too old', '"lifetime":3600', '"lifetime":-1'],
    ['outside of its window', '"wait":1', `"wait":1,"window":${JSON.stringify(never)}`],
  ];
  for (const [name, from, to] of sharper) {
    it(`shows a gate that cleared ${name}`, async () => {
      const forger = new Forger({ phase: [text], milestones: [] });
      forger.replace(from, to);
      await forger.settle();
      const found = await verify(forger.histories());
      assert.ok('reason' in found, 'nothing was found');
      assert.match(
        found.reason,
        /does something else there than|than the workflow gives it|the workflow does not do this/,
      );
    });
  }

  it('shows a file that was changed, by its name', async () => {
    const [file = ''] = (await readdir(folder)).filter((name) => name !== 'index.json');
    const path = join(folder, file);
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.replace('a', 'b'));
    await assert.rejects(readRuns([folder]), /has been changed/);
    await writeFile(path, before);
  });
});

async function indexOf(folder: string): Promise<RecordIndex> {
  return JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as RecordIndex;
}

async function phaseHistory(folder: string): Promise<string> {
  const index = await indexOf(folder);
  const phase = index.histories.find(({ type }) => type === 'phase');
  return readFile(join(folder, phase?.file ?? ''), 'utf8');
}
