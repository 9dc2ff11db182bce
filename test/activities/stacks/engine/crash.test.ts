import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { deployStack } from '../../../../src/activities/stacks/engine/deploy.ts';
import type { StackDeployment } from '../../../../src/activities/stacks/engine/deployment.ts';
import { FakeAccount, NAME, QUICK, templateOf, topic } from './fake/support.ts';
import type { Work } from './fake/worker.ts';

const one = templateOf({ A: topic({}, 'one'), B: topic({}, 'one') });
const two = templateOf({ A: topic({}, 'two'), B: topic({}, 'two') });
const CHANGED = ['CreateChangeSet', 'ExecuteChangeSet'];

interface Scenario {
  readonly title: string;
  readonly verb: 'deploy' | 'settle';
  /** Every effect on AWS, in order; the process is killed after each of them in turn. */
  readonly effects: readonly string[];
  readonly ends: string;
  /** What was there before. */
  arrange(account: FakeAccount): Promise<StackDeployment>;
}

const stackPolicy = { Statement: [{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' }] };
const scenarios: readonly Scenario[] = [
  {
    title: 'creating a stack from a large template',
    verb: 'deploy',
    effects: ['PutObject', ...CHANGED, 'UpdateTerminationProtection', 'SetStackPolicy'],
    ends: 'CREATE_COMPLETE',
    arrange: (account) =>
      account.deployment(templateOf({ A: topic({}, 'x'.repeat(60_000)) }), {
        templateBucket: 'templates',
        terminationProtection: true,
        stackPolicy,
      }),
  },
  {
    title: 'updating a stack',
    verb: 'deploy',
    effects: CHANGED,
    ends: 'UPDATE_COMPLETE',
    arrange: (account) => {
      account.put('CREATE_COMPLETE', one);
      return account.deployment(two);
    },
  },
  {
    title: 'deleting what a failed creation left, and creating it again',
    verb: 'deploy',
    effects: ['DeleteStack', ...CHANGED],
    ends: 'CREATE_COMPLETE',
    arrange: (account) => {
      account.put('ROLLBACK_COMPLETE', one);
      // What is begun by the killed process is its own, and no reason to give up.
      return account.deployment(two, { recreate: true, whenBusy: 'fail' });
    },
  },
  {
    title: 'continuing a rollback, then updating',
    verb: 'deploy',
    effects: ['ContinueUpdateRollback', ...CHANGED],
    ends: 'UPDATE_COMPLETE',
    arrange: (account) => {
      account.put('UPDATE_ROLLBACK_FAILED', one);
      return account.deployment(two, { whenBusy: 'fail' });
    },
  },
  {
    title: 'rolling back an update that stopped half-way, then updating',
    verb: 'deploy',
    effects: ['RollbackStack', ...CHANGED],
    ends: 'UPDATE_COMPLETE',
    arrange: (account) => {
      account.put('UPDATE_FAILED', one);
      return account.deployment(two, { whenBusy: 'fail' });
    },
  },
  {
    title: 'settling a cancelled update',
    verb: 'settle',
    effects: ['CancelUpdateStack'],
    ends: 'UPDATE_ROLLBACK_COMPLETE',
    arrange: (account) => {
      account.put('CREATE_COMPLETE', one);
      return cancelledAfter(account, 'ExecuteChangeSet', two);
    },
  },
  {
    title: 'settling a cancelled creation',
    verb: 'settle',
    effects: ['DeleteStack'],
    ends: 'DELETE_COMPLETE',
    arrange: (account) => cancelledAfter(account, 'ExecuteChangeSet', one),
  },
  {
    title: 'settling a creation that was planned only',
    verb: 'settle',
    effects: ['DeleteStack'],
    ends: 'DELETE_COMPLETE',
    arrange: (account) => cancelledAfter(account, 'CreateChangeSet', one),
  },
  {
    title: 'settling an update that was planned only',
    verb: 'settle',
    effects: ['DeleteChangeSet'],
    ends: 'CREATE_COMPLETE',
    arrange: (account) => {
      account.put('CREATE_COMPLETE', one);
      return cancelledAfter(account, 'CreateChangeSet', two);
    },
  },
];

describe('a process that is killed between an effect on AWS and the answer', () => {
  let account: FakeAccount;

  beforeEach(async () => {
    account = await FakeAccount.open();
  });
  afterEach(() => account.close());

  for (const scenario of scenarios) {
    for (const [index, effect] of scenario.effects.entries()) {
      it(`${scenario.title}, after ${effect}: the next one completes, and nothing happens twice`, async () => {
        const deployment = await scenario.arrange(account);
        const begun = account.fake.mutations.length;
        const done = () => account.fake.effects.slice(begun);

        assert.equal(await run(scenario.verb, deployment, begun + index + 1), 'SIGKILL');
        assert.deepEqual(done(), scenario.effects.slice(0, index + 1));
        assert.equal(await run(scenario.verb, deployment), 0);
        assert.deepEqual(done(), scenario.effects);
        const { status } = account.fake.world.stacks.findLast(({ name }) => name === NAME)!;
        assert.equal(status, scenario.ends);
      });
    }
  }

  /** @returns the exit code, or the signal that ended the process when so many effects had taken place */
  async function run(verb: Work['verb'], deployment: StackDeployment, killAfter?: number): Promise<number | string> {
    const { client: _client, signal: _signal, ...rest } = deployment;
    const work: Work = { verb, endpoint: account.fake.url, deployment: rest };
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'fake', 'worker.ts')], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    account.fake.afterEffect = async () => {
      if (account.fake.mutations.length !== killAfter) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    child.stdin.end(JSON.stringify(work));
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return code ?? signal ?? '';
  }
});

/** A deployment that was cancelled as soon as AWS had taken a request; what it began stands still until it is settled. */
async function cancelledAfter(account: FakeAccount, effect: string, template: string): Promise<StackDeployment> {
  const deployment = await account.deployment(template);
  const cancelled = new AbortController();
  account.fake.afterEffect = ({ operation }) => {
    if (operation !== effect) return;
    account.fake.hold();
    cancelled.abort(new Error('cancelled'));
  };
  await assert.rejects(deployStack({ ...deployment, signal: cancelled.signal }, QUICK), /cancelled/);
  account.fake.goAfterNextEffect();
  return deployment;
}
