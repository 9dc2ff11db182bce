import assert from 'node:assert/strict';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { DeployOptions } from '../../../../src/activities/stacks/engine/deploy.ts';
import type { StackDeployment } from '../../../../src/activities/stacks/engine/deployment.ts';
import { deployed } from '../../../support/deployed.ts';
import { emulator } from '../../../support/emulator.ts';
import { chain, TestStack } from '../../../support/stacks.ts';

const STACKS = 12;
const first: DeployOptions = { isFirstAttempt: true };

describe('deployments that run at the same time', () => {
  let stacks: TestStack[];
  let client: CloudFormationClient;
  let calls: Record<string, number>;

  before(emulator);
  beforeEach(async () => {
    stacks = await Promise.all(Array.from({ length: STACKS }, () => TestStack.create()));
    calls = {};
    client = new CloudFormationClient({ region: 'eu-west-1' });
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          calls[commandName] = (calls[commandName] ?? 0) + 1;
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  afterEach(() => Promise.all(stacks.map((stack) => stack.remove())));

  it('share their looks: a first one costs at most seven requests a stack, one without changes at most two', async () => {
    const deployments = await Promise.all(stacks.map((stack) => stack.deployment(chain(7), { client })));
    const outcomes = await all(deployments);
    assert.deepEqual(new Set(outcomes), new Set(['created']));
    assert.ok(perStack() <= 7, JSON.stringify(calls));

    calls = {};
    const again = await all(deployments.map((deployment) => ({ ...deployment, identity: 'another' })));
    assert.deepEqual(new Set(again), new Set(['unchanged']));
    assert.ok(perStack() <= 2, JSON.stringify(calls));
  });

  async function all(deployments: readonly StackDeployment[]): Promise<string[]> {
    return Promise.all(deployments.map(async (deployment) => (await deployed(deployment, first)).outcome));
  }

  function perStack(): number {
    return Object.values(calls).reduce((sum, count) => sum + count, 0) / STACKS;
  }
});
