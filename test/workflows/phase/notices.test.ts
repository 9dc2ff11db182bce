import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Notice } from '../../../src/contract/notice.ts';
import { Receiver } from '../../activities/notices/receiver.ts';
import { withWorker, type Harness } from '../../support/harness.ts';
import { Bench } from '../../support/kinds.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const people = `people:
  dana: { roles: [Stakeholder], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
`;
const HOOK = 'PHASEGATE_TEST_HOOK';

async function told({ folders }: Harness): Promise<Notice[]> {
  const text = await readFile(join(folders.recordsDir, 'notices.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Notice);
}

describe('notices', () => {
  afterEach(() => {
    Reflect.deleteProperty(process.env, HOOK);
  });

  it('tell at opening, reminder, escalation and closing: what, who, and which command', async () => {
    const playbook = `${people}channels: [{ file: notices.jsonl }]
gates:
  entry:
    policy: { remind: [1s], deadline: { after: 2s, then: escalate, to: Delivery Lead } }
    1: { approve: Stakeholder }
`;
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.until('the escalation is told', async () =>
        (await told(harness)).some(({ kind }) => kind === 'escalated'),
      );
      await phase.approve('entry', 'lee');
      await phase.until('the closing is told', async () => (await told(harness)).some(({ kind }) => kind === 'closed'));
      const notices = (await told(harness)).filter(({ gate }) => gate === 'entry');
      assert.deepEqual(
        notices.map(({ kind }) => kind),
        ['opened', 'reminder', 'escalated', 'closed'],
      );
      const [opened, , escalated, closed] = notices;
      assert.match(opened?.title ?? '', /Entry gate of the phase is open \(round 1\)/);
      assert.match(opened?.text ?? '', /1 Plan approved: Stakeholder \(dana\)/);
      assert.match(opened?.command ?? '', /^temporal workflow signal .*--name approve/);
      assert.match(escalated?.text ?? '', /Delivery Lead may approve as well/);
      assert.match(closed?.title ?? '', /Entry gate of the phase has cleared \(round 1\)/);
      assert.match(closed?.text ?? '', /approved by lee/);
      assert.equal(new Set(notices.map(({ id }) => id)).size, 4);
      await phase.workflow.terminate();
    });
  });

  it('are attempted again where a channel fails, and only there; no gate waits for it', async () => {
    const receiver = await Receiver.start((response, nth) => {
      response.statusCode = nth <= 2 ? 503 : 200;
      response.end();
    });
    process.env[HOOK] = receiver.url;
    const playbook = `${people}channels: [{ file: notices.jsonl }, { webhook: { urlEnv: ${HOOK} } }]\n`;
    try {
      await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
        const phase = await harness.start({ phase: 'small' });
        await phase.untilOpen('entry');
        await phase.until('the webhook has taken it', async () => receiver.received.length === 3);
        const opened = (await told(harness)).filter(({ kind }) => kind === 'opened');
        assert.equal(opened.length, 1);
        await phase.workflow.terminate();
      });
    } finally {
      await receiver.stop();
    }
  });

  it('that a channel refuses are told in the ledger, with what is to be mended; the gate goes on', async () => {
    const playbook = `${people}channels: [{ webhook: { urlEnv: ${HOOK} } }]\ngates: { entry: { 1: { approve: Stakeholder } } }\n`;
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.until('it is told', async () => {
        const { recent } = await phase.ledger();
        return recent.some(({ what, reason }) => what === 'notice not delivered' && reason.includes(`set ${HOOK}`));
      });
      await phase.approve('entry', 'dana');
      await phase.untilOpen('9.1/entry');
      await phase.workflow.terminate();
    });
  });

  it('go to the channels as they are listed when there is something to tell', async () => {
    const playbook = (file: string) =>
      `${people}channels: [{ file: ${file} }]\ngates: { entry: { 1: { approve: Stakeholder } } }\n`;
    const files = { 'plan.md': plan, 'playbook.yaml': playbook('first.jsonl') };
    await withWorker({ phases: { small: files } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.untilOpen('entry');
      await harness.folders.write('small', 'playbook.yaml', playbook('notices.jsonl'));
      await phase.approve('entry', 'dana');
      await phase.until('the second file has it', async () =>
        (await told(harness)).some(({ kind }) => kind === 'closed'),
      );
      await phase.workflow.terminate();
    });
  });

  it('tell that a task is blocked: why, who may act, and which command; and again when a retry fails', async () => {
    const bench = new Bench();
    const playbook = `${people}channels: [{ file: notices.jsonl }]\nmilestones: { '9.1': { tasks: { a1: { act: a1 } } } }\n`;
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, steps: [bench.act] }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      const blocked = async () => (await told(harness)).filter(({ kind }) => kind === 'blocked');
      bench.failing.add('a1');
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      await phase.until('it is told', async () => (await blocked()).length === 1);
      const [notice] = await blocked();
      assert.deepEqual(
        [notice?.title, notice?.tasks, notice?.gate],
        [`${phase.id}: 9.1/a1 First of Build is blocked`, ['9.1/a1'], undefined],
      );
      assert.match(notice?.text ?? '', /^9\.1\/a1: .*a1 is told to fail\noperators may retry or skip: lee$/);
      assert.match(notice?.command ?? '', /--name retry --input '\{"task":"9\.1\/a1","by":"lee"\}'$/);

      bench.failing.add('a1');
      await phase.say('retry', { task: '9.1/a1', by: 'lee' });
      await phase.until('it is told again', async () => (await blocked()).length === 2);
      await phase.workflow.terminate();
    });
  });

  it('tell once that a task is overdue, which the desk shows too', async () => {
    const playbook = `${people}channels: [{ file: notices.jsonl }]\n`;
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small', dayLength: '1s' });
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      const overdue = async () => (await told(harness)).filter(({ kind }) => kind === 'overdue');
      await phase.until('it is told', async () => (await overdue()).length === 1);
      const [notice] = await overdue();
      assert.equal(notice?.title, `${phase.id}: 9.1/a1 First of Build is overdue`);
      assert.match(notice?.text ?? '', /^9\.1\/a1: it was due .*Z\nto be completed by Build Agent: dana$/);
      assert.match(notice?.command ?? '', /--name complete --input '\{"task":"9\.1\/a1","by":"dana"\}'$/);
      const [item] = (await phase.status()).desk;
      assert.deepEqual([item?.task, item?.overdue], ['9.1/a1', true]);
      await phase.complete('9.1/a1', 'dana');
      await phase.until('the next one is told', async () => (await overdue()).length === 2);
      await phase.workflow.terminate();
    });
  });

  it('tell of all tasks of a lost milestone at once', async () => {
    const lanes = ['a', 'b', 'c'].map((letter) => ({ title: `Build ${letter}`, agent: 'Build Agent', letter }));
    const wide = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes }] });
    const playbook = `${people}channels: [{ file: notices.jsonl }]\n`;
    await withWorker({ phases: { small: { 'plan.md': wide, 'playbook.yaml': playbook } } }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      await phase.untilOnDesk('9.1/a1', 'complete');
      await phase.milestone('9.1').terminate('by mistake');
      const blocked = async () => (await told(harness)).filter(({ kind }) => kind === 'blocked');
      await phase.until('it is told', async () => (await blocked()).length > 0);
      assert.deepEqual(
        (await blocked()).map(({ title, tasks }) => [title, tasks?.length]),
        [[`${phase.id}: 6 tasks are blocked`, 6]],
      );
      await phase.workflow.terminate();
    });
  });
});
