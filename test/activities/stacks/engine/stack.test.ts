import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { StackLookup } from '../../../../src/activities/stacks/engine/stack.ts';
import { FakeAccount } from './fake/support.ts';

const never = new AbortController().signal;

describe('StackLookup', () => {
  let account: FakeAccount;
  let lookup: StackLookup;
  const put = (...names: readonly string[]) =>
    names.map((name) => account.fake.put({ name, status: 'CREATE_COMPLETE' }));
  const statuses = async (...names: readonly string[]) =>
    (await Promise.all(names.map((name) => lookup.describe(name, never)))).map((stack) => stack?.StackStatus);

  beforeEach(async () => {
    account = await FakeAccount.open();
    lookup = StackLookup.of(account.fake.client());
  });
  afterEach(() => account.close());

  it('answers all who ask at the same time with one list, page by page', async () => {
    put('a', 'b', 'c', 'd', 'e', 'f', 'g');
    assert.deepEqual(await statuses('a', 'g', 'a', 'none'), [
      'CREATE_COMPLETE',
      'CREATE_COMPLETE',
      'CREATE_COMPLETE',
      undefined,
    ]);
    assert.equal(account.fake.requests['DescribeStacks'], 2);
  });

  it('asks by itself for one stack, for a deleted one, and where a list would cost more', async () => {
    const [old] = put('a', 'b');
    account.fake.world.become(old!, 'DELETE_COMPLETE');
    assert.deepEqual(await statuses(old!.id, 'b'), ['DELETE_COMPLETE', 'CREATE_COMPLETE']);
    assert.equal(account.fake.requests['DescribeStacks'], 2, 'a list, and the deleted one');

    account.fake.pageSize = 1;
    put('c', 'd', 'e', 'f');
    assert.deepEqual(await statuses('e', 'f'), ['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    assert.equal(account.fake.requests['DescribeStacks'], 6, 'two pages, then each');
  });

  it('lets many who ask one after the other share what they ask for as well', async () => {
    const stacks = put(...Array.from({ length: 12 }, (_, index) => `s${String(index)}`));
    account.fake.pageSize = 100;
    const looks = stacks.map(async ({ id }, index) => {
      for (let look = 0; look < 3; look += 1) {
        await delay(30 * index + 40);
        await lookup.describe(id, never);
      }
    });
    await Promise.all(looks);
    assert.ok((account.fake.requests['DescribeStacks'] ?? 0) < 20, JSON.stringify(account.fake.requests));
  });

  it('asks for each where the role may not list, and remembers that', async () => {
    put('a', 'b');
    account.fake.fail('DescribeStacks', 'AccessDenied', 'not authorised');
    assert.deepEqual(await statuses('a', 'b'), ['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    assert.deepEqual(await statuses('a', 'b'), ['CREATE_COMPLETE', 'CREATE_COMPLETE']);
    assert.equal(account.fake.requests['DescribeStacks'], 4);
  });

  it('lets go whoever gives up, and answers the others', async () => {
    put('a');
    const giving = new AbortController();
    const reason = new Error('cancelled');
    const both = Promise.allSettled([lookup.describe('a', giving.signal), lookup.describe('a', never)]);
    giving.abort(reason);
    const [gone, answered] = await both;
    assert.ok(gone.status === 'rejected' && gone.reason === reason);
    assert.ok(answered.status === 'fulfilled' && answered.value?.StackName === 'a');
  });

  it('tells everybody when AWS cannot be asked, and asks again for the next', async () => {
    put('a');
    account.fake.fail('DescribeStacks', 'InternalFailure', 'oops', 1);
    const failed = await Promise.allSettled([lookup.describe('a', never), lookup.describe('b', never)]);
    assert.ok(failed.every(({ status }) => status === 'rejected'));
    assert.deepEqual(await statuses('a'), ['CREATE_COMPLETE']);
  });
});
