import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { ask, explain } from '../../../src/activities/http/ask.ts';
import { httpCheck } from '../../../src/activities/http/check.ts';
import type { HttpEntry } from '../../../src/activities/http/entry.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { ActivityTools, CheckResult } from '../../../src/contract/kinds.ts';
import { bindContext } from '../../support/bind-context.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';
import { Endpoints } from './endpoint.ts';

/** Long enough for a machine that is busy. */
const LONG = '20s';

describe('an http check', function () {
  this.timeout(30_000);
  let endpoints: Endpoints;

  beforeEach(() => {
    endpoints = new Endpoints();
  });
  afterEach(() => endpoints.stop());

  async function look(entry: HttpEntry, tools: Partial<ActivityTools> = {}): Promise<CheckResult> {
    const { input } = httpCheck.expand(entry, bindContext().context);
    return httpCheck.run(checkCall('http', input), toolsIn('.', tools));
  }
  const within = (url: string, more: { status?: number; within?: string } = {}) => look({ url, within: LONG, ...more });

  it('passes when the endpoint answers with 200, and says when that was and how long it took', async () => {
    const url = await endpoints.http((response) => response.end('up'));
    const before = new Date().toISOString();
    const { state, reason, evidence } = await within(`${url}/health`);
    assert.equal(state, 'passed');
    const said = /^(\S+) answered with 200, asked (\S+), in \d+ of at most 20000 ms$/.exec(reason);
    assert.equal(said?.[1], `${url}/health`);
    const asked = said[2] ?? '';
    assert.ok(before <= asked && asked <= new Date().toISOString(), asked);
    assert.deepEqual(
      (evidence ?? []).map((one) => (typeof one === 'string' ? one : one.where)),
      [`GET ${url}/health: 200`],
    );
    assert.deepEqual(endpoints.asked, ['/health']);
  });

  it('fails with another status, in words that stay the same while it is polled', async () => {
    const url = await endpoints.http((response) => response.writeHead(500).end());
    const first = await within(url);
    assert.equal(first.state, 'failed');
    assert.equal(first.reason, `${url}/ answers with 500, not 200`);
    assert.deepEqual(await within(url), first);
  });

  it('passes with the status that is expected', async () => {
    const url = await endpoints.http((response) => response.writeHead(503).end());
    assert.equal((await within(url, { status: 503 })).state, 'passed');
  });

  it('takes a redirect for the answer, and does not follow it', async () => {
    const url = await endpoints.http((response) => response.writeHead(302, { location: '/login?token=t0p' }).end());
    const { state, reason } = await within(`${url}/old`);
    assert.equal(state, 'failed');
    assert.equal(reason, `${url}/old answers with 302, not 200; a redirect is not followed`);
    assert.equal((await within(`${url}/old`, { status: 302 })).state, 'passed');
    assert.deepEqual(endpoints.asked, ['/old', '/old']);
  });

  it('gives the same evidence for the same answer, so that votes on it go on counting, and other evidence for another', async () => {
    let status = 200;
    const url = await endpoints.http((response) => response.writeHead(status).end());
    const first = await within(url);
    const second = await within(url);
    assert.deepEqual(second.evidence, first.evidence);
    status = 500;
    assert.notDeepEqual((await within(url)).evidence, first.evidence);
    assert.notDeepEqual((await within(`${url}?other`, { status })).evidence, (await within(url, { status })).evidence);
  });

  it('makes a connection for each look', async () => {
    const url = await endpoints.http((response) => response.end());
    await within(url);
    await within(url);
    assert.equal(endpoints.connections, 2);
  });

  it('does not read the body: it ends the connection of an endpoint that never ends its answer', async () => {
    const answers: ServerResponse[] = [];
    const url = await endpoints.http((response) => {
      answers.push(response);
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    assert.equal((await within(url)).state, 'passed');
    const [response] = answers;
    if (response?.closed === false) await once(response, 'close');
  });

  describe('without an answer', () => {
    it('fails when the time is over, and ends the request', async () => {
      const answers: ServerResponse[] = [];
      const url = await endpoints.http((response) => answers.push(response));
      const { state, reason, evidence } = await within(url, { within: '300ms' });
      assert.equal(state, 'failed');
      assert.equal(reason, `${url}/ does not answer within 300 ms`);
      assert.equal(evidence, undefined);
      const [response] = answers;
      if (response?.closed === false) await once(response, 'close');
    });

    it('fails when nothing listens, when the connection is reset or closed, and when the answer is not HTTP', async () => {
      const closed = await endpoints.closedPort();
      assert.deepEqual(await within(closed), {
        state: 'failed',
        reason: `${closed}/ refuses the connection (ECONNREFUSED)`,
      });
      for (const [answer, says] of [
        [(socket) => socket.resetAndDestroy(), /closes the connection without an answer \(ECONNRESET\)$/],
        [(socket) => socket.end(), /closes the connection without an answer \(UND_ERR_SOCKET\)$/],
        [(socket) => socket.end('SSH-2.0\r\n'), /answers, but not in valid HTTP \(HPE_\w+\)$/],
      ] as const satisfies readonly (readonly [Parameters<Endpoints['tcp']>[0], RegExp])[]) {
        const { state, reason } = await within(`http://${await endpoints.tcp(answer)}`);
        assert.equal(state, 'failed');
        assert.match(reason, says);
      }
    });

    it('fails at TLS with an endpoint that speaks plain HTTP', async () => {
      const url = await endpoints.http((response) => response.end());
      const { state, reason } = await within(url.replace('http:', 'https:'));
      assert.equal(state, 'failed');
      assert.match(reason, /fails at TLS \(ERR_SSL_\w+\)$/);
    });

    for (const [code, state, says] of [
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 'failed', 'fails at TLS'],
      ['ERR_TLS_CERT_ALTNAME_INVALID', 'failed', 'fails at TLS'],
      ['CERT_HAS_EXPIRED', 'failed', 'fails at TLS'],
      ['ENOTFOUND', 'failed', 'has a host name that does not exist'],
      ['EAI_AGAIN', 'inconclusive', 'cannot be asked from the worker'],
      ['ENETUNREACH', 'inconclusive', 'cannot be asked from the worker'],
      ['EMFILE', 'inconclusive', 'cannot be asked from the worker'],
    ] as const) {
      it(`is ${state} at ${code}`, () => {
        const cause = Object.assign(new Error('at https://example.com/?token=t0p'), { code });
        assert.deepEqual(explain(new TypeError('fetch failed', { cause })), { state, says: `${says} (${code})` });
      });
    }

    it('is refused for good at a port that Node never asks', async () => {
      await assert.rejects(within('http://127.0.0.1:6000/?token=t0p'), {
        name: 'PermanentError',
        message: 'the URL has a port that Node never asks, because it belongs to another protocol; use another port',
      });
    });

    it('stops at once when the activity is cancelled, with the reason of that', async () => {
      const asked = new EventEmitter();
      const url = await endpoints.http((response) => asked.emit('asked', response));
      const activity = new AbortController();
      const began = once(asked, 'asked');
      const looking = look({ url, within: '1m' }, { signal: activity.signal });
      const [response] = (await began) as [ServerResponse];
      const gone = once(response, 'close');
      activity.abort(new Error('cancelled by a test'));
      await assert.rejects(looking, { message: 'cancelled by a test' });
      await gone;
    });

    it('asks nothing once the activity is cancelled', async () => {
      const url = await endpoints.http((response) => response.end());
      const signal = AbortSignal.abort(new Error('cancelled before'));
      await assert.rejects(look(url, { signal }), { message: 'cancelled before' });
      assert.equal(endpoints.connections, 0);
    });

    it('fails when the name is not resolved in time', async () => {
      const never = () => new Promise<never>(() => undefined);
      const options = { within: 50, signal: new AbortController().signal, resolve: never };
      const says = 'does not answer within 50 ms';
      assert.deepEqual(await ask(new URL('http://slow.example'), options), { state: 'failed', says });
    });
  });

  describe('keeps secrets and the worker to itself', () => {
    it('repeats no query in reasons, evidence, labels, heartbeats and logs', async () => {
      const url = `${await endpoints.http((response) => response.end())}/health?token=t0p#s3cret`;
      const logged: unknown[] = [];
      const { input, label } = httpCheck.expand({ url, within: LONG }, bindContext().context);
      const tools = toolsIn('.', { log: (...all) => logged.push(all) });
      const result = await httpCheck.run(checkCall('http', input), tools);
      const closed = `${await endpoints.closedPort()}/?token=t0p#s3cret`;
      const failing = await look(closed, { log: (...all) => logged.push(all) });
      assert.deepEqual(endpoints.asked, ['/health?token=t0p']);
      assert.equal(logged.length, 2);
      assert.equal(tools.beats.length, 1);
      assert.doesNotMatch(JSON.stringify([result, failing, label, tools.beats, logged]), /t0p|s3cret/);
    });

    it('refuses a resolved URL that it may not ask, says which references gave it, and does not repeat it', async () => {
      const { input } = httpCheck.expand('{{tasks.9.1/a1.Url}}', bindContext().context);
      const resolved = (url: string): JsonObject => ({ ...input, url });
      for (const [url, says] of [
        ['ftp://host-t0p/', /^the URL does not begin with http:\/\/ or https:\/\/; expected a whole URL such as /],
        ['/health-t0p', /^the URL does not begin with/],
        ['https://dana:t0p@example.com/', /^the URL contains a user name or a password/],
        [`https://example.com/t0p${'x'.repeat(2000)}`, /^the URL has more than 2000 characters/],
        ['http://169.254.169.254/t0p', /^the URL leads to a link-local address/],
      ] as const) {
        await assert.rejects(httpCheck.run(checkCall('http', resolved(url)), toolsIn('.')), (error: Error) => {
          assert.ok(error instanceof PermanentError);
          assert.match(error.message, says);
          assert.doesNotMatch(error.message, /t0p/);
          assert.match(error.message, /It comes from tasks\.9\.1\/a1\.Url$/);
          return true;
        });
      }
    });

    it('refuses a name that leads to an address of metadata', async () => {
      for (const address of ['169.254.169.254', 'fd00:ec2::254', 'fe80::1', '::ffff:169.254.169.254']) {
        const resolve = async () => [{ address: '127.0.0.1' }, { address }];
        const url = new URL(await endpoints.http((response) => response.end()));
        url.hostname = 'localhost';
        assert.deepEqual(await ask(url, { within: 20_000, signal: new AbortController().signal, resolve }), {
          state: 'failed',
          says: `has the link-local address ${address}, which is never asked`,
        });
      }
      assert.equal(endpoints.connections, 0);
    });
  });
});
