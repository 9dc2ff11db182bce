import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { PermanentError } from '../../../src/base/errors.ts';
import { deliver } from '../../../src/activities/notices/deliver.ts';
import { directoryStore } from '../../../src/store/store.ts';
import { slackMessage } from '../../../src/activities/notices/slack.ts';
import { freePort } from '../../support/sandbox.ts';
import { notice } from './fixture.ts';
import { Receiver } from './receiver.ts';

const SECRET = 'T0SECRET';
const channel = { webhook: { urlEnv: 'GATES_WEBHOOK' } };

describe('a webhook', () => {
  let receiver: Receiver | undefined;
  const answering = async (answer: number | ((response: ServerResponse) => void)) => {
    receiver = await Receiver.start((response) =>
      typeof answer === 'number' ? response.writeHead(answer).end(`no ${SECRET}`) : answer(response),
    );
    return receiver;
  };
  const post = (url: string | undefined, timeoutMs?: number) =>
    deliver(notice(), channel, {
      records: directoryStore('/nowhere'),
      env: { GATES_WEBHOOK: url },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  const failure = async (url: string | undefined, timeoutMs?: number) => {
    const error: unknown = await post(url, timeoutMs).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    // Everything that a log or a history could show of it, causes included.
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), new RegExp(SECRET));
    return { message: error.message, permanent: error instanceof PermanentError };
  };

  afterEach(async () => {
    await receiver?.stop();
    receiver = undefined;
  });

  it('is sent the notice as Slack takes it', async () => {
    const { url, received } = await answering(200);
    await post(`${url}/services/${SECRET}\n`);
    assert.deepEqual(
      received.map(({ method, path, headers }) => [method, path, headers['content-type']]),
      [['POST', `/services/${SECRET}`, 'application/json']],
    );
    assert.deepEqual(JSON.parse(received[0]!.body), slackMessage(notice()));
  });

  it('is content with any 2xx', async () => {
    await post((await answering(204)).url);
  });

  for (const status of [400, 403, 404, 410]) {
    it(`that answers ${status} is for a person to mend`, async () => {
      const { url } = await answering(status);
      assert.deepEqual(await failure(`${url}/${SECRET}`), {
        message: `The webhook of GATES_WEBHOOK answered with status ${status}.`,
        permanent: true,
      });
    });
  }

  for (const status of [408, 429, 500, 503]) {
    it(`that answers ${status} is worth another attempt`, async () => {
      const { url } = await answering(status);
      assert.deepEqual(await failure(`${url}/${SECRET}`), {
        message: `The webhook of GATES_WEBHOOK answered with status ${status}.`,
        permanent: false,
      });
    });
  }

  it('is not followed to another address', async () => {
    const { url, received } = await answering((response) => {
      response.writeHead(302, { location: `/login/${SECRET}` }).end();
    });
    assert.deepEqual(await failure(`${url}/${SECRET}`), {
      message: 'The webhook of GATES_WEBHOOK answered with status 302.',
      permanent: true,
    });
    assert.equal(received.length, 1);
  });

  it('that does not answer is given up', async () => {
    const { url } = await answering(() => undefined);
    const began = performance.now();
    assert.deepEqual(await failure(`${url}/${SECRET}`, 200), {
      message: 'The webhook of GATES_WEBHOOK cannot be reached (no answer in time).',
      permanent: false,
    });
    assert.ok(performance.now() - began < 5_000);
  });

  it('has answered with its status; a body that never ends is not waited for', async () => {
    const { url } = await answering((response) => response.writeHead(200).write('o'));
    await post(url, 2_000);
  });

  it('that cannot be reached is worth another attempt', async () => {
    assert.deepEqual(await failure(`http://127.0.0.1:${await freePort()}/${SECRET}`), {
      message: 'The webhook of GATES_WEBHOOK cannot be reached (ECONNREFUSED).',
      permanent: false,
    });
  });

  it('has a URL', async () => {
    for (const url of [undefined, '', ' ']) {
      assert.deepEqual(await failure(url), {
        message: "The webhook's URL is missing: set GATES_WEBHOOK in the worker's environment.",
        permanent: true,
      });
    }
    const inherited = deliver(
      notice(),
      { webhook: { urlEnv: '__proto__' } },
      { records: directoryStore('/nowhere'), env: {} },
    );
    await assert.rejects(inherited, /The webhook's URL is missing: set __proto__/);
  });

  it('has a URL that can be used', async () => {
    for (const url of [SECRET, `ftp://host/${SECRET}`, `https://user:${SECRET}@host/`, `http://host:99999/${SECRET}`]) {
      assert.deepEqual(await failure(url), {
        message: "GATES_WEBHOOK in the worker's environment must be an http or https URL without a user name.",
        permanent: true,
      });
    }
  });
});
