import assert from 'node:assert/strict';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { creationCommands, keepSearchAttributes } from '../../src/worker/search-attributes.ts';
import { milestoneAttributes } from '../../src/workflows/temporal/search-attributes.ts';
import { searchAttributes } from '../../src/contract/names.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { startDevServer } from '../support/servers.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes },
    { number: '9.2', title: 'Two', lanes },
  ],
});

describe('search attributes', function () {
  this.timeout(120_000);

  it('that somebody removes come back while the worker runs, and a phase that was stuck without them goes on', async () => {
    const env = await startDevServer([]);
    const removed = ['PhasegateState', 'PhasegateWaiting'];
    await withWorker({ env, phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      const { operatorService } = env.connection;
      await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: removed });
      const knows = async () => {
        const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
        return removed.every((name) => name in customAttributes);
      };
      while (await knows()) await delay(100);
      await phase.signal('reject', { gate: 'entry', by: 'dana', reason: 'the board changes' });
      const stuck = async () => ((await phase.workflow.describe()).raw.pendingWorkflowTask?.attempt ?? 0) > 1;
      while (!(await stuck())) await delay(100);

      const entries: LogEntry[] = [];
      const stopping = new AbortController();
      const attributes = { known: true };
      const keeping = keepSearchAttributes(attributes, {
        connection: env.nativeConnection,
        namespace: 'default',
        logger: new DefaultLogger('INFO', (entry) => entries.push(entry)),
        signal: stopping.signal,
        every: 200,
      });
      while (await stuck()) await delay(200);
      assert.match((await phase.say('resubmit', { gate: 'entry', by: 'dana' })).code, /^[A-Z_]+$/);
      stopping.abort();
      await keeping;
      assert.deepEqual(
        entries.map(({ level, message }) => [level, message]),
        [['WARN', 'Search attributes had been removed from namespace default; they have been added again']],
      );
      assert.equal(attributes.known, true);
      await phase.workflow.terminate();
    });
  });

  it('show phases and milestones of one plan in a list, under the titles that people know', async () => {
    const env = await startDevServer([]);
    await withWorker({ env, phases: { small: { 'plan.md': plan } } }, async ({ start, client }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await client.workflow.start('milestone', {
        taskQueue: 'nobody',
        workflowId: `${phase.id}:9.1`,
        typedSearchAttributes: milestoneAttributes({ plan: 'small', title: 'Milestone 9.1: One', state: 'running' }),
      });
      const titles = async () => {
        const found: unknown[] = [];
        for await (const { typedSearchAttributes } of client.workflow.list({ query: 'PhasegatePlan = "small"' })) {
          found.push(typedSearchAttributes.get(searchAttributes.PhasegateTitle));
        }
        return found.sort();
      };
      while ((await titles()).length < 2) await delay(100);
      assert.deepEqual(await titles(), ['Milestone 9.1: One', 'Phase 9: Small Phase']);
      await client.workflow.getHandle(`${phase.id}:9.1`).terminate();
      await phase.workflow.terminate();
    });
  });

  it('are created by commands that name what is missing, one for each type', () => {
    assert.equal(
      creationCommands('ours', ['PhasegatePlan', 'PhasegateBlocked', 'PhasegateWaiting']),
      'temporal operator search-attribute create --namespace ours --type Keyword --name PhasegatePlan && ' +
        'temporal operator search-attribute create --namespace ours --type KeywordList --name PhasegateWaiting --name PhasegateBlocked',
    );
  });
});
