import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { assertDocumented, kindsOf, operations } from '../support/contract.mjs';
import { NOT_PROVOKED, provoked } from '../support/errors.mjs';

/** `createOrder 409 key-reused` */
const documented = Object.entries(operations).flatMap(([id, { responses }]) =>
  Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, response]) => kindsOf(response).map((kind) => `${id} ${status} ${kind}`)),
);

describe('every documented error', () => {
  it('is provoked here, or named with the reason why it is not', () => {
    const told = [...Object.keys(provoked), ...documented.filter((error) => reasonOf(error) !== undefined)];
    assert.deepEqual(told.sort(), documented.sort());
  });

  for (const [error, provoke] of Object.entries(provoked))
    it(error, async () => {
      const [operationId, status, ...kind] = error.split(' ');
      const answer = await provoke();
      assert.equal(answer.status, Number(status), JSON.stringify(answer.body));
      assertDocumented(operationId, answer);
      if (answer.status !== 401) assert.equal(answer.body.type, `urn:orders:problem:${kind.join(' ')}`);
    });
});

function reasonOf(error) {
  return Object.entries(NOT_PROVOKED).find(([part]) => error.includes(part))?.[1];
}
