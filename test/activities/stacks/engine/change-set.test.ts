import assert from 'node:assert/strict';
import { ChangeSetNotFoundException } from '@aws-sdk/client-cloudformation';
import { untilWorkedOut } from '../../../../src/activities/stacks/engine/change-set.ts';
import { Pace } from '../../../../src/activities/stacks/engine/pace.ts';
import type { StackAddress } from '../../../../src/aws/clients.ts';

describe('a change set', () => {
  // The deletion of nested change sets takes a while; neither the emulator nor the fake shows it.
  it('that is being deleted is waited for until it is gone', async () => {
    const statuses = ['DELETE_PENDING', 'DELETE_IN_PROGRESS', 'DELETE_IN_PROGRESS'];
    const send = async () => {
      const Status = statuses.shift();
      if (Status === undefined) throw new ChangeSetNotFoundException({ $metadata: {}, message: 'gone' });
      return { Status };
    };
    const client = { send } as unknown as StackAddress['client'];
    const address = { client, region: 'eu-west-1', stackName: 'net', signal: new AbortController().signal };
    assert.equal(await untilWorkedOut(address, new Pace(address, Date.now() + 60_000, 2), 'arn:one'), undefined);
    assert.deepEqual(statuses, []);
  });
});
