import assert from 'node:assert/strict';
import { withWorker } from '../../support/harness.ts';
import { Bench } from '../../support/kinds.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

describe('checks of a gate', () => {
  it('clear a criterion by themselves, again as often as they are polled', async () => {
    const bench = new Bench();
    bench.unmet.add('ready');
    const playbook = 'gates: {entry: {1: {check: {met: ready}, every: 1s}}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        await phase.until('the first look is recorded', async () => {
          const [gate] = (await phase.gates()).gates;
          return gate?.unmet[0]?.checks[0]?.reason === 'ready does not hold';
        });
        bench.unmet.clear();
        await phase.untilOpen('9.1/entry');
        await phase.workflow.terminate();
      },
    );
  });

  it('show why they do not pass as it changes, and that costs six events', async function () {
    this.timeout(60_000);
    const bench = new Bench();
    bench.unmet.add('ready');
    const playbook = 'gates: {entry: {1: {check: {met: ready}, every: 1s}}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        const shows = async (reason: string) => (await phase.gates()).gates[0]?.unmet[0]?.checks[0]?.reason === reason;
        await phase.until('the first look is recorded', () => shows('ready does not hold'));
        // The poll that follows has been asked for.
        await phase.until('it is polled', () => Promise.resolve(bench.ran.length > 1));
        const length = async () => (await phase.workflow.describe()).historyLength;
        const before = await length();
        bench.whyUnmet.set('ready', 'one host is missing');
        await phase.until('the new reason is shown', () => shows('one host is missing'));
        await phase.until('it is polled again', async () => (await length()) > before + 5);
        assert.equal(await length(), before + 6);
        const { recent } = await phase.ledger();
        assert.equal(recent.filter(({ what }) => what === 'check').length, 1, 'the ledger tells changes of state');
        bench.unmet.clear();
        await phase.untilOpen('9.1/entry');
        await phase.workflow.terminate();
      },
    );
  });

  it('that do not pass are on the board whole, with what a person may do about them', async () => {
    const bench = new Bench();
    const name = `ready ${'x'.repeat(400)} last word`;
    bench.unmet.add(name);
    const passing = Array.from({ length: 30 }, (_, index) => `{met: holds ${'y'.repeat(20)} ${String(index)}}`);
    const checks = `[${[...passing, `{met: ${name}}`].join(', ')}]`;
    const playbook = `gates: {entry: {1: {check: ${checks}, approve: true, every: 1h}}}\n`;
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        await phase.until('the board tells', async () => {
          const { currentDetails } = await phase.workflow.query<{ currentDetails: string }>(
            '__temporal_workflow_metadata',
          );
          return (
            currentDetails.includes('last word') &&
            /--name waive --input '\{"gate":"entry","criterion":1/.test(currentDetails)
          );
        });
        await phase.workflow.terminate();
      },
    );
  });

  it('may take as long as their playbook entry says', async () => {
    const playbook = 'gates: {entry: {1: {check: {command: {run: [node, --version], timeout: 2h}}}}}\n';
    await withWorker({ phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('9.1/entry');
      const { events } = await phase.workflow.fetchHistory();
      const { startToCloseTimeout: limit } =
        (events ?? [])
          .map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
          .find((scheduled) => scheduled?.activityType?.name === 'check.command') ?? {};
      assert.ok(Number(limit?.seconds) > 2 * 60 * 60, String(limit?.seconds));
      await phase.workflow.terminate();
    });
  });

  it('look again at once on recheck', async () => {
    const bench = new Bench();
    bench.unmet.add('ready');
    const playbook = 'gates: {entry: {1: {check: {met: ready}, every: 1h}}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        await phase.until('it has looked twice', async () => bench.ran.length >= 2);
        bench.unmet.clear();
        await phase.say('recheck', { gate: 'entry', by: 'anyone' });
        await phase.untilOpen('9.1/entry');
        await phase.workflow.terminate();
      },
    );
  });

  it('wait for a person as well where the playbook asks for both', async () => {
    const bench = new Bench();
    const playbook = 'gates: {entry: {1: {check: {met: ready}, approve: true}}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        await phase.until('the check has passed', async () => {
          const [gate] = (await phase.gates()).gates;
          return gate?.unmet[0]?.checks[0]?.state === 'passed';
        });
        assert.equal((await phase.status()).gates[0]?.state, 'open');
        await phase.approve('entry');
        await phase.untilOpen('9.1/entry');
        await phase.workflow.terminate();
      },
    );
  });

  it('look again on recheck at what has passed, since it may hold no longer', async () => {
    const bench = new Bench();
    const playbook = 'gates: {entry: {1: {check: {met: ready}, approve: true}}}\n';
    await withWorker(
      { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, checks: [bench.met] },
      async ({ start }) => {
        const phase = await start({ phase: 'small' });
        const state = async () => (await phase.gates()).gates[0]?.unmet[0]?.checks[0]?.state;
        await phase.until('the check has passed', async () => (await state()) === 'passed');
        bench.unmet.add('ready');
        await phase.say('recheck', { gate: 'entry', by: 'anyone' });
        await phase.until('it has failed', async () => (await state()) === 'failed');
        assert.equal((await phase.say('approve', { gate: 'entry', by: 'anyone' })).state, 'open');
        await phase.workflow.terminate();
      },
    );
  });

  it('take a hand-over for a criterion that comes from outside, and another gate for one that repeats it', async () => {
    const playbook = [
      'gates:',
      '  entry: {1: {check: handover, orApprove: true}}',
      'milestones:',
      '  "9.1":',
      '    entry: {1: {check: {gate: entry}}}',
      '',
    ].join('\n');
    const handover = {
      format: 1 as const,
      phase: { number: '8', title: 'Before' },
      workflowId: 'phase-8',
      completedAt: '2026-01-01T00:00:00Z',
      milestones: [],
      provides: [{ text: 'Plan approved', met: 'approved by dana' }],
      evidence: [],
      next: {},
    };
    const files = { 'plan.md': plan, 'playbook.yaml': playbook, 'handover.json': JSON.stringify(handover) };
    await withWorker({ phases: { small: files } }, async ({ start }) => {
      const phase = await start({ phase: 'small', handover: 'handover.json' });
      await phase.untilOnDesk('9.1/a1');
      await phase.workflow.terminate();
      const without = await start({ phase: 'small' });
      await without.approve('entry');
      await without.untilOnDesk('9.1/a1');
      await without.workflow.terminate();
    });
  });
});
