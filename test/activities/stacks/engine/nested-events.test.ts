import assert from 'node:assert/strict';
import { NESTED_STACK, NestedEvents, type StackEvent } from '../../../../src/activities/stacks/engine/events.ts';
import { FakeAccount, NAME } from './fake/support.ts';

describe('NestedEvents', () => {
  let account: FakeAccount;
  let nested: NestedEvents;

  beforeEach(async () => {
    account = await FakeAccount.open();
    const signal = new AbortController().signal;
    nested = new NestedEvents({ client: account.fake.client(), region: 'eu-west-1', stackName: NAME, signal });
  });
  afterEach(() => account.close());

  it('follows a nested stack that is replaced, under its old id and its new one', async () => {
    const [old, fresh] = ['old', 'new'].map((name) => account.fake.put({ name, status: 'UPDATE_IN_PROGRESS' }));
    nested.watch([child(old!.id, 'UPDATE_IN_PROGRESS')]);
    assert.deepEqual(await seen(), ['Child UPDATE_IN_PROGRESS']);
    nested.watch([child(fresh!.id, 'CREATE_IN_PROGRESS')]);
    account.fake.world.event(old!, 'Bucket', 'DELETE_COMPLETE');
    account.fake.world.event(fresh!, 'Bucket', 'CREATE_COMPLETE');
    assert.deepEqual(await seen(), [
      'Child UPDATE_IN_PROGRESS',
      'Child/Bucket CREATE_COMPLETE',
      'Child/Bucket DELETE_COMPLETE',
    ]);
  });

  it('leaves out what happened to it before the operation', async () => {
    const before = account.fake.put({ name: 'child', status: 'CREATE_IN_PROGRESS' });
    nested.watch([{ ...child(before.id, 'UPDATE_IN_PROGRESS'), at: Date.now() }]);
    assert.deepEqual(await seen(), []);
  });

  it('goes on where one of them may not be read', async () => {
    const one = account.fake.put({ name: 'child', status: 'CREATE_IN_PROGRESS' });
    nested.watch([child('arn:aws:cloudformation:eu-west-1:000000000000:stack/hidden/1', 'CREATE_IN_PROGRESS')]);
    nested.watch([child(one.id, 'CREATE_IN_PROGRESS')]);
    assert.deepEqual(await seen(), ['Child CREATE_IN_PROGRESS']);
  });

  async function seen(): Promise<string[]> {
    return (await nested.next()).map(({ resource, status }) => `${resource} ${status}`).sort();
  }

  function child(physicalId: string, status: string): StackEvent {
    return { id: status, resource: 'Child', type: NESTED_STACK, ofStack: false, status, reason: '', at: 1, physicalId };
  }
});
