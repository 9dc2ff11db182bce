import { WorkflowFailedError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import assert from 'node:assert/strict';
import type { PhaseStatus } from '../../../src/contract/answers.ts';
import { newKey } from '../../../src/identity/keys.ts';
import { withWorker } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

const CONTINUE_AS_NEW = proto.temporal.api.enums.v1.CommandType.COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;

const signedEntry = `people:
  dana: { roles: [Stakeholder], keys: [${JSON.stringify(newKey('EdDSA').jwk)}] }
  omar: { roles: [Lead], agents: [Build Agent] }
gates: { entry: { policy: { trust: signed }, 1: { approve: Stakeholder } } }
`;
const twoMilestones = smallPlan({
  milestones: ['9.1', '9.2'].map((number) => ({
    number,
    title: number,
    lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }],
  })),
});

/** The message, what was expected, and where all of it is shown. */
const brokenPlan =
  /broken cannot start; "npm run plan -- check phases\/broken" shows.*:\n.*plan\.md:\d+:\d+: error .*"a9"\. \(expected one of "a1"; Did you mean "a1"\?\)$/;

describe('starting a phase', () => {
  const wrong: [what: string, input: unknown, message: RegExp][] = [
    ['without input', undefined, /input of a phase is an object.*"phase":"phase-4"/],
    ['without a name', { by: 'dana' }, /"phase" is missing/],
    ['with an unknown key', { phase: 'small', by: 'dana', pase: 'asap' }, /unknown key "pase"/],
    ['with an unknown pace', { phase: 'small', by: 'dana', pace: 'fast' }, /"pace" is "fast"/],
    ['with a day that is no length', { phase: 'small', by: 'dana', dayLength: 'soon' }, /"dayLength" is "soon"/],
    [
      'with a day without a unit',
      { phase: 'small', by: 'dana', dayLength: '5' },
      /"dayLength" is "5"; write a length with its unit, such as "24h"/,
    ],
    ['from an unknown milestone', { phase: 'small', by: 'dana', from: '9.7' }, /"9.7", which is no milestone/],
    [
      'from a milestone behind a gate that must not be passed over',
      { phase: 'signed', by: 'dana', from: '9.2' },
      /"from" would count entry as cleared, which its policy forbids/,
    ],
    ['with an unknown phase', { phase: 'smal', by: 'dana' }, /smal/],
    ['with a path outside the phases directory', { phase: '../small', by: 'dana' }, /\.\.\/small/],
    ['with a broken plan', { phase: 'broken', by: 'dana' }, brokenPlan],
    ['with a hand-over that is not there', { phase: 'small', by: 'dana', handover: 'none.json' }, /none\.json/],
    ['with a hand-over that is none', { phase: 'small', by: 'dana', handover: { format: 7 } }, /hand-over: format/],
    ['with a snapshot of its own', { phase: 'small', by: 'dana', resume: {} }, /continue-as-new only/],
  ];

  it('fails at once with one clear sentence when the input cannot be meant', async () => {
    const signed = { 'plan.md': twoMilestones, 'playbook.yaml': signedEntry };
    const phases = { signed, small: { 'plan.md': plan }, broken: { 'plan.md': plan.replace('after a1', 'after a9') } };
    await withWorker({ phases }, async ({ client, taskQueue }) => {
      for (const [index, [what, input, message]] of wrong.entries()) {
        const run = client.workflow.execute('phase', {
          taskQueue,
          workflowId: `${taskQueue}-${String(index)}`,
          args: input === undefined ? [] : [input],
        });
        await assert.rejects(run, (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError);
          assert.match(`${what}: ${error.cause?.message ?? ''}`, message);
          return true;
        });
      }
    });
  });

  it('that has failed says so to whoever asks', async () => {
    const phases = { broken: { 'plan.md': plan.replace('after a1', 'after a9') } };
    await withWorker({ phases }, async ({ client, taskQueue }) => {
      const args = [{ phase: 'broken', by: 'dana' }];
      const handle = await client.workflow.start('phase', { taskQueue, workflowId: taskQueue, args });
      await assert.rejects(handle.result());
      assert.equal((await handle.query<PhaseStatus>('status')).state, 'failed');
    });
  });

  it('tells pace and length of a day where they are not as usual', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const reasonOf = async (input: object) => {
        const phase = await start({ phase: 'small', ...input });
        await phase.untilOpen('entry');
        const [started] = (await phase.ledger()).recent;
        await phase.workflow.terminate();
        return started?.reason ?? '';
      };
      assert.match(
        await reasonOf({ pace: 'planned', dayLength: '8h', reason: 'try' }),
        /, pace planned, a plan day is 8h: try$/,
      );
      assert.match(await reasonOf({ pace: 'asap', dayLength: '24h' }), /, no playbook, workers' key [\w-]{43}$/);
    });
  });

  it('fails when it is to be carried out again and again: a run after the first could be handed any snapshot', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ client, taskQueue }) => {
      const args = [{ phase: 'small', by: 'dana', resume: { gates: {} } }];
      for (const options of [{ cronSchedule: '@every 1s' }, { retry: { maximumAttempts: 3 } }]) {
        const workflowId = `${taskQueue}-${Object.keys(options).join('')}`;
        const { firstExecutionRunId } = await client.workflow.start('phase', {
          ...options,
          taskQueue,
          workflowId,
          args,
        });
        const first = client.workflow.getHandle(workflowId, firstExecutionRunId, { followRuns: false });
        // Of a run that another one follows, the client tells only that.
        await assert.rejects(first.result());
        const { events } = await first.fetchHistory();
        const { failure } = events?.at(-1)?.workflowExecutionFailedEventAttributes ?? {};
        assert.match(failure?.message ?? '', /carried out once/);
        await client.workflow
          .getHandle(workflowId)
          .terminate()
          .catch(() => undefined);
      }
    });
  });

  // Of the phase's own type, or of any other: what counts is who has carried it out.
  for (const type of ['phase', 'somebody-elses']) {
    it(`fails with a snapshot that a foreign workflow (${type}) hands over by continuing as new into a phase`, async () => {
      await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ client, taskQueue }) => {
        const workflowId = `${taskQueue}-foreign`;
        const resume = { plan: {}, gates: {} };
        await continueInto(client, { type, workflowId, taskQueue }, { phase: 'small', by: 'mia', resume });
        await assert.rejects(client.workflow.getHandle(workflowId).result(), (error: unknown) => {
          assert.ok(error instanceof WorkflowFailedError);
          assert.match(error.cause?.message ?? '', /"resume" is not what a run before has handed over/);
          return true;
        });
      });
    });
  }

  it('fails a mistyped workflow type instead of leaving it stuck', async () => {
    await withWorker({ phases: {} }, async ({ client, taskQueue }) => {
      const run = client.workflow.execute('fase', { taskQueue, workflowId: taskQueue });
      await assert.rejects(run, (error: unknown) => {
        assert.ok(error instanceof WorkflowFailedError);
        assert.match(error.cause?.message ?? '', /Unknown workflow type "fase"/);
        return true;
      });
    });
  });
});

/** Carries out a workflow on a queue of its own by continuing as new into a phase, as anybody with a client could. */
async function continueInto(
  client: Client,
  { type, workflowId, taskQueue }: { readonly type: string; readonly workflowId: string; readonly taskQueue: string },
  input: object,
): Promise<void> {
  const own = `${taskQueue}-own`;
  await client.workflow.start(type, { workflowId, taskQueue: own });
  const { workflowService: server } = client;
  const { taskToken } = await client.withDeadline(Date.now() + 10_000, () =>
    server.pollWorkflowTaskQueue({ namespace: 'default', taskQueue: { name: own } }),
  );
  const continueAsNewWorkflowExecutionCommandAttributes = {
    workflowType: { name: 'phase' },
    taskQueue: { name: taskQueue },
    input: { payloads: [defaultPayloadConverter.toPayload(input)] },
  };
  const command = { commandType: CONTINUE_AS_NEW, continueAsNewWorkflowExecutionCommandAttributes };
  await server.respondWorkflowTaskCompleted({ namespace: 'default', taskToken, commands: [command] });
}
