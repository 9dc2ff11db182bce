import assert from 'node:assert/strict';
import { DeleteFlowLogsCommand, EC2Client, type FlowLog } from '@aws-sdk/client-ec2';
import { judgeFlowLog, lookAtFlowLogs } from '../../../src/activities/live/network/subnets.ts';
import { readLive } from '../../../src/activities/live/environment.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';

describe('a look at flow logs', () => {
  let live: LiveStack;
  before(async () => {
    await emulator();
    const written = { ResourceType: 'VPC', TrafficType: 'ALL', LogGroupName: 'lines' };
    live = await LiveStack.deploy({
      Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.79.0.0/16' } },
      Flows: { Type: 'AWS::EC2::FlowLog', Properties: { ...written, ResourceId: { Ref: 'Network' } } },
    });
  });
  after(() => live.remove());

  it('passes while they are active, and fails once one is gone', async () => {
    const stacks = [{ stack: 'app', stackName: live.stackName }];
    const { signal } = new AbortController();
    const { live: environment } = await readLive({ name: 'development', region, stacks, signal });
    const look = async () => (await lookAtFlowLogs(environment)).map(({ subject, says }) => `${subject} ${says}`);
    assert.deepEqual(await look(), ['development/app Flows is active']);
    const FlowLogIds = [await live.idOf('Flows')];
    await sharedClient(EC2Client, { region }).send(new DeleteFlowLogsCommand({ FlowLogIds }));
    assert.deepEqual(await look(), ['development/app Flows does not exist']);
  });

  // The emulator delivers always.
  const rows: [name: string, flowLog: FlowLog, expected: string][] = [
    ['new', { FlowLogStatus: 'ACTIVE' }, 'is active'],
    ['delivering', { FlowLogStatus: 'ACTIVE', DeliverLogsStatus: 'SUCCESS' }, 'is active'],
    [
      'not permitted to deliver',
      { FlowLogStatus: 'ACTIVE', DeliverLogsStatus: 'FAILED', DeliverLogsErrorMessage: 'Access error' },
      'could not deliver: Access error',
    ],
  ];
  for (const [name, flowLog, expected] of rows) {
    it(`tells that one is ${name}`, () => {
      assert.equal(judgeFlowLog({ subject: 'Flows' }, flowLog).says, expected);
    });
  }
});
