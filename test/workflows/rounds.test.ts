import assert from 'node:assert/strict';
import { z } from 'zod';
import { PermanentError } from '../../src/base/errors.ts';
import type { MilestoneStatus } from '../../src/contract/answers.ts';
import type { StepCall, StepDefinition, StepResult } from '../../src/contract/kinds.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { verified } from '../support/records.ts';

const plan = smallPlan({
  milestones: [
    {
      number: '9.1',
      title: 'One',
      lanes: [
        { title: 'Test', agent: 'Test Agent', letter: 'a' },
        { title: 'Mend', agent: 'Build Agent', letter: 'b' },
      ],
    },
  ],
});

const playbook = (by: 'agents' | 'people') => `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent, Test Agent] }
operators: [Delivery Lead]
milestones:
  '9.1':
    tasks:
      a1: { testing: all }
      b1:
        rounds: { issues: { after: [a1, a2], by: ${by} } }
        steps:
          - skipIdle: true
            mending: all
          - testing: all
          - { noting: before, skipIdle: true }
          - noting: after
    exit:
      1: { check: issues }
`;

/** A system with faults, each of which one case finds, and the steps that test and mend it. */
class FaultySystem {
  readonly faults = new Set<string>();
  /** Rounds as the mending step was told of them. */
  readonly rounds: StepCall['round'][] = [];
  tested = 0;
  /** A fault that is mended only with the second try. */
  stubborn: string | undefined;
  /** Why the mending step cannot do its work, try by try. */
  readonly refusals: string[] = [];
  private changes = 0;

  get revision(): string {
    return String(this.changes).padStart(64, '0');
  }

  mend(fault: string): void {
    this.faults.delete(fault);
    this.changes += 1;
  }

  readonly testing: StepDefinition<string> = {
    kind: 'testing',
    summary: 'tests it',
    entry: z.string(),
    profile: 'work',
    coverage: 'automated',
    expand: () => [{ name: '', label: 'tests', input: {} }],
    run: async ({ task }) => {
      this.tested += 1;
      this.order.push('tested');
      return this.found(task.agent);
    },
  };

  /** What has run, in order. */
  readonly order: string[] = [];

  readonly noting: StepDefinition<string> = {
    kind: 'noting',
    summary: 'notes that it runs',
    entry: z.string(),
    profile: 'work',
    coverage: 'automated',
    expand: (name) => [{ name, label: name, input: { name } }],
    run: ({ input }) => {
      this.order.push(String(input['name']));
      return Promise.resolve({});
    },
  };

  readonly mending: StepDefinition<string> = {
    kind: 'mending',
    summary: 'mends it',
    entry: z.string(),
    profile: 'work',
    coverage: 'agent',
    expand: () => [{ name: 'mend', label: 'mends', input: {} }],
    run: async ({ round, task }) => {
      this.rounds.push(round);
      const refusal = this.refusals.shift();
      if (refusal !== undefined) throw new PermanentError(refusal);
      const told = (round?.told['issues'] ?? []) as readonly { readonly id: string; readonly case: string }[];
      for (const { case: fault } of told) {
        if (fault === this.stubborn) {
          this.stubborn = undefined;
          this.changes += 1;
        } else this.mend(fault);
      }
      const resolved = told.map(({ id, case: fault }) => ({ issue: id, note: 'mended', cases: [`${fault} again`] }));
      return { facts: [{ topic: 'fix', key: task.ref, data: { resolved } }] };
    },
  };

  private found(agent: string): StepResult {
    const failing = [...this.faults].map((fault) => ({ key: fault, title: `finds ${fault}`, message: 'it is wrong' }));
    const total = 10;
    const data = {
      suite: 'whole',
      environment: 'testing',
      revision: this.revision,
      at: new Date(this.tested).toISOString(),
      cases: { total, passed: total - failing.length, failed: failing.length, skipped: 0, flaky: 0 },
      caseSet: 'a'.repeat(64),
      result: { where: 'suites/whole.json', sha256: 'b'.repeat(64) },
      component: 'whole',
      agent,
      severity: 'high',
      failing,
      skipped: [],
      flaky: [],
      criteria: {},
    };
    return { facts: [{ topic: 'suite', key: 'whole/testing', data }] };
  }
}

async function running(
  by: 'agents' | 'people',
  system: FaultySystem,
  action: (phase: PhaseHandle, harness: Parameters<Parameters<typeof withWorker>[1]>[0]) => Promise<void>,
): Promise<void> {
  const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook(by) } };
  await withWorker({ phases, steps: [system.testing, system.mending, system.noting] }, async (harness) => {
    const phase = await harness.start({ phase: 'small' });
    for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
    await action(phase, harness);
  });
}

async function finish(phase: PhaseHandle): Promise<void> {
  for (const gate of ['9.1/quality', 'completion']) await phase.approve(gate, 'dana');
  await phase.workflow.result();
}

describe('a task that is carried out in rounds', () => {
  it('mends what others find, retests, and tests everything once more when they are done; the record verifies', async () => {
    const system = new FaultySystem();
    system.faults.add('one').add('two');
    system.stubborn = 'two';
    await running('agents', system, async (phase, harness) => {
      await phase.until('both are mended', async () => system.faults.size === 0);
      assert.deepEqual(
        system.rounds.map((round) => [round?.number, (round?.told['issues'] as readonly unknown[]).length]),
        [
          [1, 2],
          [2, 1],
        ],
      );
      await phase.complete('9.1/a2', 'lee');
      await phase.complete('9.1/b2', 'lee');
      assert.equal(system.tested, 1 + 2 + 1, 'a last round without work tests again, and mends nothing');
      assert.equal(system.rounds.length, 2);
      assert.deepEqual(
        system.order.slice(-2),
        ['tested', 'after'],
        'what follows a step that is left out does not come early',
      );
      await finish(phase);
      const { lanes } = await phase.milestone('9.1').query<MilestoneStatus>('status');
      const steps = lanes.flatMap(({ tasks }) => tasks).find(({ task }) => task === '9.1/b1')?.steps;
      assert.deepEqual(
        steps?.map(({ label, state }) => `${label} ${state}`),
        ['mends skipped', 'tests done', 'before skipped', 'after done'],
      );
      const { currentDetails = '' } = await phase
        .milestone('9.1')
        .query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      assert.match(currentDetails, /9\.1\/b1 .*· left out of its last round: mends, before$/m);
      const whats = (await phase.ledger()).recent.map(({ what, reason }) => `${what}: ${reason}`);
      assert.ok(
        whats.some((line) => /reopened I-2/.test(line)),
        whats.join('\n'),
      );
      await phase.archive().result();
      assert.ok('gates' in (await verified(harness, phase)));
    });
  });

  it('is told which try of a round it is after a retry, and why the last one has blocked it', async () => {
    const system = new FaultySystem();
    system.faults.add('one');
    system.stubborn = 'one';
    system.refusals.push('no licence', 'no network');
    await running('agents', system, async (phase) => {
      for (const reason of ['no licence', 'no network']) {
        await phase.until(`it is blocked: ${reason}`, async () =>
          (await phase.status()).desk.some((one) => one.task === '9.1/b1' && one.reason?.includes(reason) === true),
        );
        assert.equal((await phase.say('retry', { task: '9.1/b1', by: 'lee' })).code, 'ACCEPTED');
      }
      await phase.until('it is mended', async () => system.faults.size === 0);
      assert.deepEqual(
        system.rounds.map((round) => [round?.number, round?.again]),
        [
          [1, undefined],
          [1, { try: 2, because: 'First of Mend · mends: no licence' }],
          [1, { try: 3, because: 'First of Mend · mends: no network' }],
          [2, undefined],
        ],
      );
      await phase.complete('9.1/a2', 'lee');
      await phase.complete('9.1/b2', 'lee');
      await finish(phase);
    });
  });

  it('waits for what people resolve, and retests it', async () => {
    const system = new FaultySystem();
    system.faults.add('one');
    await running('people', system, async (phase, harness) => {
      const resolve = { issue: 'I-1', by: 'lee', note: 'mended by hand', cases: ['one again'] };
      await phase.until('the issue is open', async () => {
        const slices = await phase.workflow.query<{ issues?: { issues: readonly unknown[] } }>('slices');
        return slices.issues?.issues.length === 1;
      });
      system.mend('one');
      assert.equal((await phase.hear('resolveIssue', resolve)).code, 'ACCEPTED');
      await phase.complete('9.1/a2', 'lee');
      await phase.complete('9.1/b2', 'lee');
      await finish(phase);
      await phase.archive().result();
      assert.ok('gates' in (await verified(harness, phase)));
    });
  });

  it('is skipped when an operator says so between two rounds, and is not done then', async () => {
    const system = new FaultySystem();
    system.faults.add('one');
    await running('agents', system, async (phase) => {
      await phase.until('a round has been carried out', async () => {
        // Before its first round, the milestone's workflow may not have been started.
        if (system.rounds.length === 0) return false;
        const { lanes } = await phase.milestone('9.1').query<MilestoneStatus>('status');
        const tasks = lanes.flatMap((lane) => lane.tasks);
        return system.rounds.length === 1 && tasks.some(({ task, state }) => task === '9.1/b1' && state === 'waiting');
      });
      assert.equal(
        (await phase.say('skip', { task: '9.1/b1', by: 'lee', reason: 'nothing to mend' })).code,
        'ACCEPTED',
      );
      await phase.complete('9.1/a2', 'lee');
      await phase.complete('9.1/b2', 'lee');
      await finish(phase);
      const whats = (await phase.ledger()).recent.filter(({ on }) => on === '9.1/b1').map(({ what }) => what);
      assert.ok(!whats.includes('task done'), whats.join(', '));
    });
  });
});
