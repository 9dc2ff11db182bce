import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { patientCredentials } from '../../src/aws/clients.ts';

const denied = Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
const keys = { accessKeyId: 'a', secretAccessKey: 'b' };

describe('credentials of a role', () => {
  it('are asked for again while a role that was just created cannot be assumed', async () => {
    const answers = [denied, denied, keys];
    const fetch = async () => answerOf(answers.shift());
    assert.deepEqual(await patientCredentials(fetch, { pauseMs: 1 })(), keys);
    assert.equal(answers.length, 0);
  });

  it('are refused where that lasts, and at once from then on', async () => {
    let asked = 0;
    const fetch = async () => {
      asked += 1;
      return answerOf(denied);
    };
    const credentials = patientCredentials(fetch, { longestMs: 20, pauseMs: 1 });
    await assert.rejects(credentials(), denied);
    const before = asked;
    assert.ok(before > 1);
    await assert.rejects(credentials(), denied);
    assert.equal(asked, before + 1);
  });

  it('are not asked for again after another error', async () => {
    const answers = [new Error('no such profile'), keys];
    const fetch = async () => answerOf(answers.shift());
    await assert.rejects(patientCredentials(fetch)(), /no such profile/);
    assert.equal(answers.length, 1);
  });

  it('are awaited as long when another error came a while before the first denial', async () => {
    const answers = [new Error('no such host'), denied, keys];
    const credentials = patientCredentials(async () => answerOf(answers.shift()), { longestMs: 500, pauseMs: 1 });
    await assert.rejects(credentials(), /no such host/);
    const began = Date.now();
    await waitUntil(() => Date.now() > began + 500);
    assert.deepEqual(await credentials(), keys);
  });
});

/** The time itself is what is waited for. */
async function waitUntil(isOver: () => boolean): Promise<void> {
  while (!isOver()) await setImmediate();
}

function answerOf(answer: Error | typeof keys | undefined): typeof keys {
  if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often');
  return answer;
}
