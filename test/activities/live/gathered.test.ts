import assert from 'node:assert/strict';
import { Gathered } from '../../../src/activities/live/gathered.ts';

describe('ids that are asked for at the same moment', () => {
  const client = {};
  const never = new AbortController().signal;
  let asked: string[][];
  let gathered: Gathered<object, string>;

  beforeEach(() => {
    asked = [];
    gathered = new Gathered(3, async (_client: object, ids) => {
      asked.push(ids);
      return new Map(ids.filter((id) => id !== 'gone').map((id) => [id, `${id}!`]));
    });
  });

  it('are answered by one request, each id once', async () => {
    const answers = await Promise.all([
      gathered.of(client, ['a', 'b'], never),
      gathered.of(client, ['b', 'gone'], never),
    ]);
    assert.deepEqual(asked, [['a', 'b', 'gone']]);
    assert.deepEqual([answers[0].get('a'), answers[1].get('b'), answers[1].get('gone')], ['a!', 'b!', undefined]);
  });

  it('are asked for anew the next time', async () => {
    await gathered.of(client, ['a'], never);
    await gathered.of(client, ['a'], never);
    assert.deepEqual(asked, [['a'], ['a']]);
  });

  it('are split where a request takes fewer', async () => {
    const answer = await gathered.of(client, ['a', 'b', 'c', 'd'], never);
    assert.deepEqual(asked, [['a', 'b', 'c'], ['d']]);
    assert.deepEqual([...answer.keys()], ['a', 'b', 'c', 'd']);
  });

  it('are asked for in the name of one role', async () => {
    await Promise.all([gathered.of(client, ['a'], never), gathered.of({}, ['b'], never)]);
    assert.deepEqual(asked, [['a'], ['b']]);
  });

  it('cost nothing where there are none', async () => {
    assert.equal((await gathered.of(client, [], never)).size, 0);
    assert.deepEqual(asked, []);
  });

  it('are answered for others when one does not wait any more, and fail for all together', async () => {
    const impatient = new AbortController();
    const first = gathered.of(client, ['a'], impatient.signal);
    const second = gathered.of(client, ['a'], never);
    impatient.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    assert.equal((await second).get('a'), 'a!');
    const throttled = new Gathered(3, () => Promise.reject(new Error('throttled')));
    const ends = await Promise.allSettled([throttled.of(client, ['a'], never), throttled.of(client, ['b'], never)]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
