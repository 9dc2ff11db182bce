import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { IssuesView } from '../../src/contract/answers.ts';
import type { StepDefinition } from '../../src/contract/kinds.ts';
import { searchAttributes } from '../../src/contract/names.ts';
import { askPhase, readPhase } from '../../src/record/on-server.ts';
import { standingOf } from '../../src/record/standing.ts';
import { replayBundle } from '../support/servers.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { suiteFact } from '../activities/issues/fixture.ts';

const plan = smallPlan({
  milestones: [
    {
      number: '9.1',
      title: 'Test',
      lanes: [
        { title: 'Test', agent: 'Build Agent', letter: 'a' },
        { title: 'Tell', agent: 'Build Agent', letter: 'b' },
      ],
    },
  ],
});

const playbook = `
people:
  dana: { roles: [Stakeholder] }
  ines: { agents: [Build Agent] }
  lee: { roles: [Lead] }
operators: [Lead]
milestones:
  '9.1':
    entry: { 1: { approve: Stakeholder } }
    tasks:
      a1: { try: system }
      a2:
        rounds: { issues: { severity: medium, after: [a1] } }
        steps:
          - { mend: system, skipIdle: true }
          - { try: system }
      b1: { needs: [a2], document: issue-log }
      b2: { document: test-results }
    exit:
      1: { check: { issues: { severity: medium } }, approve: Stakeholder, evidence: issue-log }
`;

/** A system whose first revision has a fault. \`try\` tests it, \`mend\` mends it. */
class System {
  readonly ran: string[] = [];
  #revision = 1;

  readonly try: StepDefinition<string> = {
    kind: 'try',
    summary: 'tests the system',
    entry: z.string(),
    profile: 'work',
    coverage: 'automated',
    expand: () => [{ name: '', label: '', input: {} }],
    run: async ({ round }, { records }) => {
      const revision = `r${String(this.#revision)}`;
      this.ran.push(`try ${revision}${round === undefined ? '' : ` in round ${String(round.number)}`}`);
      const failing = this.#revision === 1 ? ['lists'] : [];
      const cases = [{ key: 'lists', title: 'Lists', state: failing.length > 0 ? 'failed' : 'passed', ms: 1 }];
      const text = JSON.stringify({ revision, at: this.ran.length, cases });
      const sha256 = createHash('sha256').update(text).digest('hex');
      const where = `results/${sha256}.json`;
      await records.writeOnce(where, text);
      const at = new Date().toISOString();
      const counts = { total: 1, passed: 1 - failing.length, failed: failing.length, skipped: 0, flaky: 0 };
      const caseSet = createHash('sha256').update('lists').digest('hex');
      const data = suiteFact(failing, { revision, at, caseSet, cases: counts, result: { where, sha256 } });
      return { facts: [{ topic: 'suite', key: 'component/testing', data: JSON.parse(JSON.stringify(data)) as never }] };
    },
  };

  readonly mend: StepDefinition<string> = {
    ...this.try,
    kind: 'mend',
    coverage: 'agent',
    run: async ({ round, task }) => {
      const issues = (round?.told['issues'] ?? []) as readonly { id: string }[];
      this.ran.push(`mend ${issues.map(({ id }) => id).join()}`);
      this.#revision += 1;
      const resolved = issues.map(({ id }) => ({ issue: id, note: 'mended', cases: ['lists'] }));
      return { facts: [{ topic: 'fix', key: task.ref, data: { resolved } }] };
    },
  };
}

describe('a phase with issues', function () {
  this.timeout(60_000);

  it('finds, mends and retests them, counts them, and documents them', async () => {
    const system = new System();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, steps: [system.try, system.mend] }, async ({ client, start, folders }) => {
      const phase = await start({ phase: 'small' });
      const log = () => phase.workflow.query<IssuesView>('issues');
      const count = async () =>
        (await phase.workflow.describe()).typedSearchAttributes.get(searchAttributes.PhasegateIssues);
      await phase.untilOpen('entry');
      await phase.hear('approve', { gate: 'entry', by: 'dana' });
      assert.equal(await count(), undefined);
      assert.deepEqual(await log(), { open: 0, resolved: 0, deferred: 0, closed: 0, beyond: 0, issues: [], more: 0 });
      const report = { title: 'Slow', severity: 'low', by: 'dana' };
      assert.equal((await phase.hear('reportIssue', report)).code, 'ACCEPTED');
      while ((await count()) !== 1) await delay(50);
      await phase.untilOpen('9.1/entry');
      await phase.hear('approve', { gate: '9.1/entry', by: 'dana' });
      await phase.untilOpen('9.1/exit');
      assert.deepEqual(system.ran, ['try r1', 'mend I-2', 'try r2 in round 1', 'try r2 in round 2']);
      const { open, closed, issues } = await log();
      assert.deepEqual(
        [open, closed, issues.map(({ id, state }) => `${id} ${state}`)],
        [1, 1, ['I-1 open', 'I-2 closed']],
      );
      const exit = async () =>
        (await phase.gates()).gates.find(({ gate }) => gate === '9.1/exit')?.unmet[0]?.checks ?? [];
      while ((await exit()).some(({ state }) => state === 'waiting')) await delay(50);
      const found = await exit();
      assert.deepEqual(
        found.map(({ kind, state }) => [kind, state]),
        [
          ['issues', 'passed'],
          ['report', 'warned'],
        ],
      );
      const [, report1] = found;
      const [, where = ''] = /; (\S+\.md), SHA-256/.exec(report1?.reason ?? '') ?? [];
      assert.match(await readFile(join(folders.recordsDir, where), 'utf8'), /\| I-2 \| high \| Case lists/);
      await phase.hear('resolveIssue', { issue: 'I-1', by: 'dana', note: 'fast now' });
      while ((await count()) !== 0) await delay(50);

      // What histories say of issues and suites is what the phase itself answers, but for the instant at which it heard of them.
      const { histories } = await readPhase(client, phase.id);
      const told = await standingOf(histories, await replayBundle(), await askPhase(client, phase.id, Date.now()));
      const plain = ({ issues: all, ...counts }: IssuesView) => ({
        ...counts,
        issues: all.map(({ opened, closed: _closed, resolution, ...issue }) => ({
          ...issue,
          opened: opened.by ?? opened.revision,
          resolution: resolution?.note,
        })),
      });
      assert.deepEqual(plain(told.issues), plain(await log()));
      assert.deepEqual(
        told.suites['component/testing']?.map(({ revision, cases }) => [revision, cases.passed]),
        [
          ['r1', 0],
          ['r2', 1],
          ['r2', 1],
        ],
      );
      await phase.workflow.terminate();
    });
  });
});
