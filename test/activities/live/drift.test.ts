import assert from 'node:assert/strict';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { driftCheck } from '../../../src/activities/live/drift/index.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';

describe('a drift check', () => {
  let live: LiveStack;
  const logs = () => sharedClient(CloudWatchLogsClient, { region });
  before(async () => {
    await emulator();
    live = await LiveStack.deploy({
      Lines: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 14 } },
      Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    });
  });
  after(() => live.remove());

  it('passes while what can be compared is as in the template, with the same evidence each time', async () => {
    const first = await live.check(driftCheck);
    assert.equal(first.state, 'passed', first.reason);
    assert.deepEqual(await live.check(driftCheck), first);
  });

  it('fails with the property that was changed, and what it is now', async () => {
    const logGroupName = await live.idOf('Lines');
    await logs().send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    const { state, reason, evidence } = await live.check(driftCheck);
    assert.deepEqual([state, reason], ['failed', 'development/app Lines has been changed: /RetentionInDays 14 → 1']);
    assert.ok(evidence);
    await logs().send(new DeleteLogGroupCommand({ logGroupName }));
    assert.equal((await live.check(driftCheck)).reason, 'development/app Lines has been deleted');
  });
});

describe('a drift check of a stack that another deployer owns', () => {
  let own: LiveStack;
  let other: LiveStack;
  const check = (existing: string) => own.check(driftCheck, { existing: [existing] });
  before(async () => {
    await emulator();
    const lines = { Lines: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 14 } } };
    own = await LiveStack.deploy(lines);
    other = await LiveStack.deploy(lines);
  });
  after(async () => {
    await own.remove();
    await other.remove();
  });

  it('tells what was changed in it, and that it does not exist', async () => {
    const name = `${other.phase}-{environment}-app`;
    const { state, reason } = await check(name);
    assert.equal(state, 'passed', reason);
    const logGroupName = await other.idOf('Lines');
    const logs = sharedClient(CloudWatchLogsClient, { region });
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 1 }));
    assert.equal((await own.check(driftCheck)).state, 'passed');
    const changed = `development/${other.stackName} Lines has been changed: /RetentionInDays 14 → 1`;
    assert.deepEqual([(await check(name)).state, (await check(name)).reason], ['failed', changed]);
    assert.match((await check('{environment}-none')).reason, /development\/development-none does not exist/);
  });
});

describe('a drift check of what cannot be compared', () => {
  let live: LiveStack;
  before(async () => {
    await emulator();
    // A type that the emulator does not compare.
    live = await LiveStack.deploy({ Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} } });
  });
  after(() => live.remove());

  it('is no pass', async () => {
    assert.deepEqual(await live.check(driftCheck), {
      state: 'inconclusive',
      reason: 'development/app holds nothing that CloudFormation can compare',
    });
  });
});

describe('a check of stacks that are not there', () => {
  it('fails', async () => {
    await emulator();
    const live = await LiveStack.deploy({
      Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    });
    await live.remove();
    assert.match((await live.check(driftCheck)).reason, /development\/app does not exist/);
  });
});
