import { DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { DecisionServer } from '../../../src/worker/decisions/server.ts';
import { heard, onPage, type Scene } from './scene.ts';
import { form, Visitor, type Shown } from './visitor.ts';

/** A request that may break rules that `fetch` keeps. */
function raw(url: string, headers: { readonly [name: string]: string }, method = 'GET'): ClientRequest {
  return request(url, { method, headers, agent: false });
}

/** Resolves when a connection is closed, in whatever way. */
async function ended(socket: Socket): Promise<void> {
  socket.resume().on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
}

async function answered(sent: ClientRequest): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Headers of a form of this page, in this browser. */
function formHeaders({ url }: Scene, { cookie = '' }: Visitor, length: number): { [name: string]: string } {
  return {
    ...{ cookie, origin: new URL(url).origin, 'content-type': 'application/x-www-form-urlencoded' },
    'content-length': String(length),
  };
}

describe('requests to the page on which people decide', function () {
  this.timeout(60_000);

  it('are answered with a policy that lets nothing run, load or be framed, and with a cookie that scripts cannot read', () =>
    onPage({}, async ({ link, url }) => {
      const { headers, html } = await new Visitor().open(link());
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(
        policy,
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      assert.doesNotMatch(html, /<script|javascript:| on\w+=|style="/);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(
        headers.get('set-cookie') ?? '',
        /^phasegate=[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=3600$/,
      );
      assert.equal((await new Visitor().open(`${url}/gone`)).headers.get('content-security-policy'), policy);
    }));

  it('are refused as forms where they come from elsewhere', () =>
    onPage({}, async (scene) => {
      const visitor = new Visitor();
      const page = await visitor.open(scene.link());
      const other = new Visitor();
      const others = await other.open(scene.link());
      const bare = new Visitor();
      const tries: Shown[] = [
        await bare.submit(page, form('approve'), { by: 'dana' }),
        await visitor.submit(page, form('approve'), { by: 'dana', csrf: '' }),
        await visitor.submit(page, form('approve'), { by: 'dana', csrf: others.forms[0]?.fields['csrf'] ?? '' }),
        await visitor.submit(page, form('approve'), { by: 'dana' }, { origin: 'https://elsewhere.example' }),
        await visitor.submit(page, form('approve'), { by: 'dana' }, { origin: 'null' }),
      ];
      for (const { status, text: said } of tries) {
        assert.equal(status, 403);
        assert.match(said, /This form is not from this page .*Nothing was sent/);
      }
      assert.equal(await heard(scene), 0);
    }));

  it('are answered with what is wrong with them', () =>
    onPage({}, async (scene) => {
      const { url, link, phase } = scene;
      const visitor = new Visitor();
      const page = await visitor.open(link());
      const open = async (what: string, init?: RequestInit) => visitor.open(what, init);
      const post = async (fields: { readonly [name: string]: string }) => visitor.submit(page, form('approve'), fields);
      const cases: readonly (readonly [Promise<Shown>, number, RegExp])[] = [
        [open(`${url}/gone`), 404, /No such page/],
        [open(new URL('/gate', url).href), 404, /No such page/],
        [open(`${url}/gate`), 404, /names no phase and gate/],
        [open(link('entry', 'x'.repeat(201))), 404, /names no phase and gate/],
        [open(link('entry', 'nobody')), 404, /No phase has the workflow id nobody/],
        [open(link('8.8/exit')), 404, /has reached no gate 8\.8\/exit/],
        [open(link('completion')), 410, /Gate completion of .* is pending/],
        [open(`${url}/send?state=x`), 405, /takes POST only/],
        [open(`${url}/decision`), 405, /takes POST only/],
        [open(link(), { method: 'POST', body: 'x' }), 405, /takes GET only/],
        [open(link(), { method: 'DELETE' }), 405, /takes GET only/],
        [post({}), 422, /lacks who you are/],
        [post({ by: 'nobody' }), 403, /The person that the decision names has no subject/],
        [post({ by: 'lee' }), 403, /The person that the decision names has no subject/],
        [post({ by: 'dana', verdict: 'waive' }), 422, /lacks "verdict"/],
        [post({ by: 'dana', note: 'x'.repeat(2001) }), 422, /lacks "note", or it is too long/],
        [post({ by: 'dana', round: '7' }), 409, /The gate has changed meanwhile/],
        [post({ by: 'dana', note: 'x'.repeat(100_000) }), 413, /Your decision is too long/],
      ];
      for (const [shown, status, reason] of cases) {
        const { status: given, text: said } = await shown;
        assert.match(said, reason);
        assert.equal(given, status, said);
      }
      const { cookie = '' } = visitor;
      const json = await visitor.open(`${url}/decision?phase=${phase.id}&gate=entry`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', origin: new URL(url).origin, cookie },
      });
      assert.equal(json.status, 415);
      assert.equal(await heard(scene), 0);
    }));

  it('are not taken where another program has the port, and the worker says so', () =>
    onPage({}, async ({ url, harness }) => {
      const port = Number(new URL(url).port);
      const options = {
        client: harness.client,
        logger: new DefaultLogger('ERROR'),
        planOf: () => Promise.reject(new Error()),
      };
      await assert.rejects(DecisionServer.start({ settings: { url, port }, ...options }), {
        message: `PHASEGATE_LISTEN: 127.0.0.1:${String(port)} cannot be had (listen EADDRINUSE: address already in use 127.0.0.1:${String(port)})`,
      });
    }));

  it('under the name of another host are not for it', () =>
    onPage({}, async ({ link }) => {
      const { status, body } = await answered(raw(link(), { host: 'rebound.example' }).end());
      assert.equal(status, 421);
      assert.doesNotMatch(body, /Plan approved/);
    }));

  it('are 32 at a time, and end when they do not arrive', () =>
    onPage({ arrivalMs: 1500 }, async (scene) => {
      const visitor = new Visitor();
      await visitor.open(scene.link());
      const address = scene.link().replace('/gate?', '/decision?');
      const slow = Array.from({ length: 32 }, () => raw(address, formHeaders(scene, visitor, 1000), 'POST'));
      const ends = slow.map((one) => once(one, 'response').catch(() => ['ended']));
      for (const one of slow) one.flushHeaders();
      // Each has been heard once the server works on 32.
      let busy: Shown;
      do busy = await visitor.open(scene.link());
      while (busy.status === 200);
      assert.equal(busy.status, 503);
      assert.match(busy.text, /Too many requests/);
      for (const [end] of await Promise.all(ends)) {
        assert.ok(end === 'ended' || (end as IncomingMessage).statusCode === 408);
      }
      assert.equal((await visitor.open(scene.link())).status, 200);
      assert.equal(await heard(scene), 0);
    }));

  it('come on 200 connections at most, and those that say nothing make room', () =>
    onPage({ arrivalMs: 4000 }, async (scene) => {
      const { hostname, port } = new URL(scene.url);
      const silent = Array.from({ length: 200 }, () => connect(Number(port), hostname));
      const ends = silent.map(ended);
      await Promise.all(silent.map((socket) => once(socket, 'connect')));
      await assert.rejects(new Visitor().open(scene.link()), { message: 'fetch failed' });
      await Promise.all(ends);
      assert.equal((await new Visitor().open(scene.link())).status, 200);
    }));

  it('with an endless body are cut off, on every page', () =>
    onPage({ arrivalMs: 1500 }, async (scene) => {
      const visitor = new Visitor();
      await visitor.open(scene.link());
      const { hostname, port } = new URL(scene.url);
      const { cookie = '' } = visitor;
      for (const [method, page] of [
        ['POST', 'decision?phase=x&gate=entry'],
        ['POST', 'send?state=x'],
        ['GET', 'gate?phase=x&gate=entry'],
        ['POST', 'nowhere'],
      ] as const) {
        const socket = connect(Number(port), hostname);
        const closed = ended(socket);
        socket.write(
          `${method} /team/${page} HTTP/1.1\r\nhost: ${hostname}:${port}\r\norigin: http://${hostname}:${port}\r\ncookie: ${cookie}\r\n` +
            'content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n',
        );
        let sent = 0;
        const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
        const send = () => {
          while (!socket.destroyed && socket.write(chunk)) sent += 1;
        };
        socket.on('drain', send);
        send();
        await closed;
        assert.ok(sent < 20_000, `${page}: ${String(sent)} chunks`);
      }
      assert.equal((await visitor.open(scene.link())).status, 200);
      assert.equal(await heard(scene), 0);
    }));

  it('are told when no worker answers', () =>
    onPage({}, async ({ harness, link }) => {
      const orphan = await harness.client.workflow.start('phase', {
        ...{ taskQueue: 'nobody-polls-this', workflowId: `orphan-${String(Date.now())}`, args: [{ phase: 'small' }] },
      });
      const { status, text: said } = await new Visitor().open(link('entry', orphan.workflowId));
      assert.equal(status, 503);
      assert.match(said, /No worker answers .*Nothing was sent/);
      await orphan.terminate();
    }));
});
