import assert from 'node:assert/strict';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { type SmallMilestone, smallPlan } from '../support/plans.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Check Agent', letter: 'b' };
const one: SmallMilestone = { number: '9.1', title: 'One', lanes: [build] };
const two: SmallMilestone = { number: '9.2', title: 'Two', lanes: [check] };
const plan = smallPlan({ milestones: [one, two] });

const playbook = `
people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent, Check Agent] }
operators: [Delivery Lead]
milestones:
  "9.1":
    tasks: { a1: { act: a1 }, a2: { hang: a2 } }
`;

const small = { 'plan.md': plan, 'playbook.yaml': playbook };

/** Sends the files as they are now. */
async function send(phase: PhaseHandle, more: object = {}): Promise<void> {
  const verdict = await phase.hear('amend', { by: 'lee', reason: 'what we have learned', ...more });
  assert.equal(verdict.code, 'ACCEPTED', verdict.reason);
}

/** The words of so many amendments that were refused. */
async function refused(phase: PhaseHandle, count = 1): Promise<string> {
  const find = async () => (await phase.currentLedger()).recent.filter(({ what }) => what === 'amendment refused');
  await phase.until(`${String(count)} refused`, async () => (await find()).length >= count);
  return (await find()).at(-1)?.reason ?? '';
}

async function clear(phase: PhaseHandle, ...gates: string[]): Promise<void> {
  for (const gate of gates) await phase.approve(gate, 'dana');
}

describe('an amendment that is refused', function () {
  this.timeout(90_000);

  it('names everything that may not change at once, and changes nothing', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry', '9.1/entry');
      await bench.began('a2');
      await folders.write(
        'small',
        'playbook.yaml',
        playbook.replace('act: a1', 'act: other').replace('hang: a2', 'hang: other'),
      );
      await folders.write(
        'small',
        'plan.md',
        plan.replace('- Plan approved', '- Plan and budget approved').replace('- Work of 9.1 done', '- Work shown'),
      );
      await send(phase);
      const why = await refused(phase);
      assert.match(why, /step changed: 9\.1\/a1\S* \(input\): /);
      assert.match(why, /step changed: 9\.1\/a2\S* \(input\): milestone 9\.1 runs/);
      assert.match(why, /criterion changed: entry\/1 Plan and budget approved \(text\): entry has cleared/);
      assert.doesNotMatch(why, /9\.1\/exit/);
      await phase.workflow.cancel();
      await assert.rejects(phase.workflow.result());
    });
  });

  it('says that nothing has changed, that it does not compile and where, or that it is too large', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await folders.write('small', 'playbook.yaml', `# a comment\n${playbook}`);
      await send(phase);
      assert.match(await refused(phase, 1), /amendment 1: nothing has changed/);
      await folders.write('small', 'playbook.yaml', playbook.replace('act: a1', 'atc: a1'));
      await send(phase);
      assert.match(await refused(phase, 2), /does not compile[^]*small\/playbook\.yaml:8:\d+: error [^]*atc/);
      await folders.write('small', 'playbook.yaml', playbook);
      const many = Array.from({ length: 9000 }, (_, index) => `- ${String(index)} ${'must hold '.repeat(10)}`).join(
        '\n',
      );
      await folders.write('small', 'plan.md', plan.replace('- Everything is done', `- Everything is done\n${many}`));
      await send(phase);
      assert.match(await refused(phase, 3), /does not compile[^]*plan-large/);
      const long = await phase.hear('amend', { by: 'lee', reason: 'long', plan: 'x'.repeat(200_001) });
      assert.equal(long.code, 'MALFORMED');
      assert.match(long.reason, /at most 200000 characters/);
      await phase.approve('entry', 'dana');
      await phase.untilOpen('9.1/entry');
      await phase.workflow.terminate();
    });
  });

  it('because a text takes too long to compile: meanwhile the worker goes on with everything else', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await send(phase, { plan: '**a*_'.repeat(40_000) });
      await clear(phase, 'entry');
      assert.deepEqual(
        (await phase.currentLedger()).recent.filter(({ what }) => what === 'amendment refused'),
        [],
      );
      assert.match(await refused(phase), /the texts take more than 5 seconds or 512 MB to compile/);
      await send(phase, { playbook: `"${'"'.repeat(190_000)}` });
      assert.match(await refused(phase, 2), /the texts take more than 5 seconds or 512 MB to compile/);
      await phase.workflow.terminate();
    });
  });

  it('because a text of it names other people than the folder does', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await send(phase, { playbook: playbook.replace('dana:', 'nora:') });
      assert.match(
        await refused(phase),
        /person (added|removed): \w+.* read from playbook\.yaml whenever they are needed/,
      );
      await phase.workflow.terminate();
    });
  });

  it('because an approver rejects it; the next one may follow', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await folders.write('small', 'plan.md', plan.replace('- Work of 9.1 done', '- Work shown'));
      await send(phase);
      await phase.untilOpen('amendment');
      assert.equal((await phase.hear('amend', { by: 'lee', reason: 'again' })).code, 'REFUSED');
      await phase.hear('reject', { gate: 'amendment', by: 'lee', reason: 'not now' });
      assert.match(await refused(phase), /rejected by lee: not now/);
      const { gates } = await phase.gates();
      assert.deepEqual(
        gates.map(({ gate }) => gate),
        ['entry'],
        'no gate waits for it any more',
      );
      await send(phase);
      await phase.untilOpen('amendment');
      const ledger = await phase.ledger();
      assert.ok(ledger.recent.every(({ what }) => what !== 'amended'));
      await phase.workflow.terminate();
    });
  });

  it('because the phase has gone on while it waited', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small }, steps: [bench.act, bench.hang] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry');
      await phase.untilOpen('9.1/entry');
      await folders.write('small', 'playbook.yaml', playbook.replace('act: a1', 'act: other'));
      await send(phase);
      await phase.untilOpen('amendment');
      await clear(phase, '9.1/entry');
      await bench.began('a2');
      await phase.say('approve', { gate: 'amendment', by: 'lee' });
      assert.match(await refused(phase), /since it was sent, the phase has gone on: step changed: 9\.1\/a1/);
      await phase.workflow.cancel();
      await assert.rejects(phase.workflow.result());
      assert.deepEqual(bench.ran, ['a1', 'a2', 'settle a2']);
    });
  });

  it('because the phase is cancelled', async () => {
    const bench = new Bench();
    const slow = { ...bench.hang, settle: bench.slowly(bench.hang) };
    await withWorker({ phases: { small }, steps: [bench.act, slow] }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await clear(phase, 'entry', '9.1/entry');
      await bench.began('a2');
      await folders.write('small', 'plan.md', plan.replace('- Work of 9.1 done', '- Work shown'));
      await send(phase);
      await phase.untilOpen('amendment');
      await phase.workflow.cancel();
      assert.match(await refused(phase), /amendment 1: the phase is cancelled/);
      await phase.signal('amend', { by: 'lee', reason: 'again' });
      assert.match(await refused(phase, 2), /amendment 2: the phase is cancelled/);
      await bench.began('settle a2');
      bench.release();
      await assert.rejects(phase.workflow.result());
    });
  });
});
