import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import assert from 'node:assert/strict';
import { Unchanged } from '../../../../src/activities/stacks/engine/unchanged.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

function stack(more: Partial<Stack> = {}): Stack {
  const StackId = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/one/1';
  return { StackId, StackName: 'one', StackStatus: 'CREATE_COMPLETE', CreationTime: at(0), ...more };
}

describe('what only an operation on a stack can change', () => {
  const never = new AbortController().signal;
  let readings: number;
  let kept: Unchanged<number>;
  const reader = new CloudFormationClient({});
  const ask = (one: Stack, client = reader) => kept.of({ client, signal: never }, one, async () => ++readings);

  beforeEach(() => {
    readings = 0;
    kept = new Unchanged();
  });

  it('is read once, also for several who ask at once', async () => {
    assert.deepEqual(await Promise.all([ask(stack()), ask(stack()), ask(stack())]), [1, 1, 1]);
    assert.equal(await ask(stack()), 1);
  });

  it('is read anew after an operation, and for another stack of the same name', async () => {
    await ask(stack());
    assert.equal(await ask(stack({ StackStatus: 'UPDATE_COMPLETE', LastUpdatedTime: at(1) })), 2);
    assert.equal(await ask(stack({ StackStatus: 'UPDATE_COMPLETE', LastUpdatedTime: at(2) })), 3);
    assert.equal(await ask(stack({ StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/one/2' })), 4);
  });

  it('is not kept while an operation runs, nor after one that has stopped half-way', async () => {
    for (const StackStatus of ['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED'] as const) {
      const one = stack({ StackStatus });
      assert.notEqual(await ask(one), await ask(one));
    }
  });

  it('is not given to a role that has not read it itself', async () => {
    await ask(stack());
    assert.equal(await ask(stack(), new CloudFormationClient({})), 2);
  });

  it('is read again when it could not be read', async () => {
    const failing = kept.of({ client: reader, signal: never }, stack(), () => Promise.reject(new Error('throttled')));
    await assert.rejects(failing, /throttled/);
    assert.equal(await ask(stack()), 1);
  });

  it('is read again when it is not to last', async () => {
    const of = (value: number) => {
      const { signal } = new AbortController();
      return kept.of(
        { client: reader, signal },
        stack(),
        async () => value,
        (one) => one > 1,
      );
    };
    assert.deepEqual(await Promise.all([of(1), of(2)]), [1, 1]);
    assert.deepEqual([await of(2), await of(3)], [2, 2]);
  });

  it('goes on being read for others when one does not wait any more', async () => {
    let answer = (_value: number): void => undefined;
    const promise = new Promise<number>((resolve) => {
      answer = resolve;
    });
    const impatient = new AbortController();
    const first = kept.of({ client: reader, signal: impatient.signal }, stack(), () => promise);
    const second = ask(stack());
    impatient.abort(new Error('cancelled'));
    await assert.rejects(first, /cancelled/);
    answer(7);
    assert.equal(await second, 7);
  });

  it('is kept of 500 stacks', async () => {
    for (let index = 0; index <= 500; index += 1) await ask(stack({ StackId: `arn:${String(index)}` }));
    assert.equal(await ask(stack({ StackId: 'arn:500' })), 501);
    assert.equal(await ask(stack({ StackId: 'arn:0' })), 502);
  });
});
