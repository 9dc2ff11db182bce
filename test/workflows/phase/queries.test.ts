import assert from 'node:assert/strict';
import { withWorker } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';
import { devServer } from '../../support/servers.ts';
import { Cli } from '../../support/sandbox.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

interface Raw {
  readonly queryResult: { readonly payloads: readonly { readonly data: string }[] };
}

describe('answers to queries', () => {
  it('hold empty lists as such, and no null, whatever the CLI makes of them', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const cli = new Cli((await devServer()).address);
      const query = (name: string, ...more: string[]) =>
        cli.run('workflow', 'query', '--workflow-id', phase.id, '--name', name, '--output', 'json', ...more);

      for (const [name, empty] of [
        ['status', '"desk":[]'],
        ['gates', '"excluded":[]'],
        ['ledger', '"recent":['],
      ] as const) {
        const { queryResult } = JSON.parse(await query(name, '--no-json-shorthand-payloads')) as Raw;
        const answer = Buffer.from(queryResult.payloads[0]?.data ?? '', 'base64').toString();
        assert.ok(answer.includes(empty), answer);
        assert.doesNotMatch(answer, /:null[,}]/);
      }
      // When the CLI prints them as they are, README need not say any more how to get at them.
      assert.match(await query('status'), /"desk": null/);
      await phase.workflow.terminate();
    });
  });
});
