import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { amendmentsOf } from '../../src/activities/slices.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { type SmallMilestone, smallPlan } from '../support/plans.ts';
import { startDevServer } from '../support/servers.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Check Agent', letter: 'b' };
const review = { title: 'Review', agent: 'Check Agent', letter: 'r' };

const one: SmallMilestone = { number: '9.1', title: 'One', lanes: [build] };
const two: SmallMilestone = { number: '9.2', title: 'Two', lanes: [check] };
const plan = smallPlan({ milestones: [one, two] });
const withReview = smallPlan({ milestones: [one, { ...two, lanes: [check, review] }] });

const people = `
people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent, Check Agent] }
operators: [Delivery Lead]
`;

function playbook(of: { readonly [milestone: string]: { readonly [task: string]: string } }, more = ''): string {
  const milestones = Object.entries(of).map(([number, tasks]) => {
    const entries = Object.entries(tasks).map(([task, does]) => `${task}: { ${does} }`);
    return `  "${number}":\n    tasks: { ${entries.join(', ')} }`;
  });
  return `${people}${more}milestones:\n${milestones.join('\n')}\n`;
}

const acts = { '9.1': { a1: 'act: a1', a2: 'act: a2' }, '9.2': { b1: 'act: b1', b2: 'act: b2' } };

/** Sends the files as they are now, and waits until the gate of amendments is open. */
async function propose(phase: PhaseHandle, more: object = {}): Promise<void> {
  const verdict = await phase.hear('amend', { by: 'lee', reason: 'what we have learned', ...more });
  assert.equal(verdict.code, 'ACCEPTED', verdict.reason);
  await phase.untilOpen('amendment');
}

/** Has it approved, and waits until it is made. */
async function amend(phase: PhaseHandle, more: object = {}): Promise<void> {
  await propose(phase, more);
  assert.equal((await phase.say('approve', { gate: 'amendment', by: 'lee' })).state, 'cleared');
  await entry(phase, 'amended');
}

async function entry(phase: PhaseHandle, what: string): Promise<LedgerEntry> {
  const find = async () => (await phase.currentLedger()).recent.findLast((one) => one.what === what);
  await phase.until(`"${what}" in the ledger`, async () => (await find()) !== undefined);
  return (await find())!;
}

async function clear(phase: PhaseHandle, ...gates: string[]): Promise<void> {
  for (const gate of gates) await phase.approve(gate, 'dana');
}

describe('amending a running phase', function () {
  this.timeout(90_000);

  it('in mid-phase adds a lane to a milestone to come, and asks an open gate anew', async () => {
    const bench = new Bench();
    const files = { 'plan.md': plan, 'playbook.yaml': playbook(acts) };
    await withWorker({ phases: { small: files }, steps: [bench.act] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry', '9.1/entry');
      await phase.untilOpen('9.1/exit');
      const { nonce } = (await phase.gates()).gates.find(({ gate }) => gate === '9.1/exit') ?? {};
      await folders.write('small', 'plan.md', withReview.replace('- Work of 9.1 done', '- Work of 9.1 done and shown'));
      await propose(phase);
      const { gates } = await phase.gates();
      const asked = gates.find(({ gate }) => gate === 'amendment')?.unmet[0]?.text ?? '';
      assert.match(asked, /lane added: 9\.2\/2 Review/);
      assert.match(asked, /criterion changed: 9\.1\/exit\/1 Work of 9\.1 done and shown \(text\)/);
      assert.equal((await phase.say('approve', { gate: 'amendment', by: 'lee' })).state, 'cleared');
      const { basedOn, reason } = await entry(phase, 'amended');
      assert.match(String(basedOn?.['before']), /^[0-9a-f]{64}$/);
      assert.match(String(basedOn?.['compiled']), /^[0-9a-f]{64}$/);
      assert.match(reason, /plan\.md [0-9a-f]{12} → [0-9a-f]{12}/);
      const late = await phase.say('approve', { gate: '9.1/exit', by: 'dana', nonce: nonce ?? '' });
      assert.ok(['STALE', 'LATE'].includes(late.code), late.code);
      const isAnew = async () =>
        (await phase.gates()).gates.some(({ gate, round }) => gate === '9.1/exit' && round === 2);
      await phase.until('9.1/exit is in round 2', isAnew);
      await clear(phase, '9.1/exit', '9.1/quality', '9.2/entry');
      for (const task of ['9.2/r1', '9.2/r2']) await phase.complete(task, 'lee');
      await clear(phase, '9.2/exit', '9.2/quality', 'completion');
      const { handover } = await phase.workflow.result();
      const { slices, provides } = JSON.parse(await readFile(join(folders.recordsDir, handover.where), 'utf8')) as {
        slices: { amendments?: { made: { by: string }[] } };
        provides: { text: string }[];
      };
      assert.deepEqual(
        slices.amendments?.made.map(({ by }) => by),
        ['lee'],
      );
      assert.ok(provides.some(({ text }) => text === 'Work of 9.1 done and shown'));
      assert.deepEqual(bench.ran.toSorted(), ['a1', 'a2', 'b1', 'b2']);
    });
  });

  it('gives a milestone that runs a new lane, with its steps, its gates and its holds', async () => {
    const bench = new Bench();
    const files = { 'plan.md': plan, 'playbook.yaml': playbook({ ...acts, '9.1': { a1: 'act: a1' } }) };
    await withWorker({ phases: { small: files }, steps: [bench.act, bench.destroy] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry', '9.1/entry');
      await phase.untilOnDesk('9.1/a2');
      await phase.hear('hold', { on: '9.1', by: 'lee', reason: 'one moment' });
      await folders.write('small', 'plan.md', smallPlan({ milestones: [{ ...one, lanes: [build, review] }, two] }));
      await folders.write(
        'small',
        'playbook.yaml',
        playbook({
          ...acts,
          '9.1': { a1: 'act: a1', r1: 'destroy: r1', r2: 'act: r2, gate: { Seen: { approve: Stakeholder } }' },
        }),
      );
      await amend(phase);
      assert.deepEqual(bench.asked, [], 'a task in a milestone that is held does not begin');
      const lanes = async () =>
        (await phase.milestone('9.1').query<{ lanes: { title: string; tasks: { held?: string }[] }[] }>('status'))
          .lanes;
      await phase.until('the new lane is held', async () =>
        (await lanes()).some(({ title, tasks }) => title === 'Review' && tasks[0]?.held !== undefined),
      );
      await phase.hear('release', { on: '9.1', by: 'lee' });
      await clear(phase, '9.1/r1/changes', '9.1/r2/entry');
      await bench.began('r2');
      await phase.complete('9.1/a2', 'lee');
      await clear(phase, '9.1/exit');
      assert.deepEqual(bench.ran.toSorted(), ['a1', 'r1', 'r2']);
      await phase.workflow.terminate();
    });
  });

  it('adds a milestone, leaves one out, and changes what depends on what', async () => {
    const three: SmallMilestone = { number: '9.3', title: 'Three', lanes: [{ ...check, letter: 'c' }] };
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': people } } },
      async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await clear(phase, 'entry');
        await phase.untilOpen('9.1/entry');
        await folders.write('small', 'plan.md', smallPlan({ milestones: [one, three] }));
        await amend(phase);
        const { milestones, gates } = await phase.status();
        assert.deepEqual(
          milestones.map(({ number, stage }) => [number, stage]),
          [
            ['9.1', 'entry'],
            ['9.3', 'pending'],
          ],
        );
        assert.ok(gates.every(({ gate }) => !gate.startsWith('9.2')));
        await clear(phase, '9.1/entry');
        for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'lee');
        await clear(phase, '9.1/exit', '9.1/quality', '9.3/entry');
        for (const task of ['9.3/c1', '9.3/c2']) await phase.complete(task, 'lee');
        await clear(phase, '9.3/exit', '9.3/quality', 'completion');
        assert.deepEqual(
          (await phase.workflow.result()).milestones.map(({ number }) => number),
          ['9.1', '9.3'],
        );
      },
    );
  });

  it('at the completion gate changes what it asks, and adds no work', async () => {
    const small = smallPlan({ milestones: [one] });
    await withWorker({ phases: { small: { 'plan.md': small } } }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry', '9.1/entry');
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'lee');
      await clear(phase, '9.1/exit', '9.1/quality');
      await phase.untilOpen('completion');
      await folders.write('small', 'plan.md', plan);
      await phase.hear('amend', { by: 'lee', reason: 'one more' });
      assert.match(
        (await entry(phase, 'amendment refused')).reason,
        /milestone added: 9\.2 Two: the completion gate has opened/,
      );
      const more = small.replace('- Everything is done', '- Everything is done\n- Everything is told');
      await folders.write('small', 'plan.md', more);
      await amend(phase);
      const isAnew = async () =>
        (await phase.gates()).gates.some(({ gate, round }) => gate === 'completion' && round === 2);
      await phase.until('completion is in round 2', isAnew);
      await clear(phase, 'completion');
      const { handover } = await phase.workflow.result();
      assert.match(await readFile(join(folders.recordsDir, handover.where), 'utf8'), /Everything is told/);
    });
  });

  it('by texts in the message goes on by them; a task that is retried is read from them', async () => {
    const bench = new Bench();
    const files = { 'plan.md': plan, 'playbook.yaml': playbook(acts) };
    await withWorker({ phases: { small: files }, steps: [bench.act] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry');
      await phase.untilOpen('9.1/entry');
      await amend(phase, { playbook: playbook({ ...acts, '9.1': { a1: 'act: other', a2: 'act: a2' } }) });
      bench.failing.add('other');
      await clear(phase, '9.1/entry');
      await phase.untilOnDesk('9.1/a1', 'blocked');
      await phase.hear('retry', { task: '9.1/a1', by: 'lee' });
      await phase.untilOpen('9.1/exit');
      assert.deepEqual(bench.ran, ['other', 'other', 'a2']);
      await phase.workflow.terminate();
    });
  });

  it('is carried over when the phase continues as new, before and after it was approved', async () => {
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=60']);
    await withWorker(
      { env, phases: { small: { 'plan.md': plan, 'playbook.yaml': people } } },
      async ({ client, start, folders, again }) => {
        const first = await start({ phase: 'small' });
        const phase = again(first);
        await clear(phase, 'entry');
        await phase.untilOpen('9.1/entry');
        await folders.write('small', 'plan.md', withReview);
        await propose(phase);
        const runOf = async () => (await client.workflow.getHandle(phase.id).describe()).runId;
        const continued = async (before: string) => {
          for (let index = 0; (await runOf()) === before; index += 1) {
            assert.ok(index < 200, 'the phase continues as new');
            await phase.hear('approve', { gate: 'completion', by: `early ${String(index)}` });
          }
        };
        await continued(await runOf());
        // The files have gone on; what was sent is what is approved.
        await folders.write('small', 'plan.md', plan.replace('Phase 9: Small Phase', 'Phase 9: Another Phase'));
        await phase.untilOpen('amendment');
        await phase.say('approve', { gate: 'amendment', by: 'lee' });
        await entry(phase, 'amended');
        await continued(await runOf());
        await clear(phase, '9.1/entry');
        for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'lee');
        await clear(phase, '9.1/exit', '9.1/quality', '9.2/entry');
        await phase.untilOnDesk('9.2/r1');
        const slices = await phase.workflow.query<{ [slice: string]: unknown }>('slices');
        assert.deepEqual(
          amendmentsOf({ slices }).made.map(({ number, approvedBy }) => [number, approvedBy]),
          [[1, ['lee']]],
        );
        assert.match((await phase.status()).title, /Small Phase/);
        await phase.workflow.terminate();
      },
    );
  });
});
