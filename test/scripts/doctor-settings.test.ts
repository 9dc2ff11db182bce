import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { examineChannels } from '../../scripts/doctor/channels.ts';
import { examineDecisions } from '../../scripts/doctor/decision-page.ts';
import type { Finding } from '../../scripts/doctor/finding.ts';
import { examineSettings } from '../../scripts/doctor/settings.ts';
import { examineTraces } from '../../scripts/doctor/traces.ts';
import { MailServer } from '../activities/notices/mail-server.ts';
import { freePort } from '../support/sandbox.ts';
import { onPage } from '../worker/decisions/scene.ts';
import { runScript } from './run-script.ts';

/** `ok Decision page: answers at …` of each, with what mends it below. */
function told(findings: readonly Finding[]): string {
  return findings
    .map(({ state, what, found, mend }) => `${state} ${what}: ${found}${mend === undefined ? '' : ` → ${mend}`}`)
    .join('\n');
}

/** A server that answers everything with a status. */
async function answering<T>(status: number, action: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => response.writeHead(status).end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await action(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  } finally {
    server.close();
  }
}

describe('the doctor', function () {
  this.timeout(60_000);

  it('tells in one line which variable keeps the worker from starting, and goes on with what needs no settings', async () => {
    const cases: readonly (readonly [NodeJS.ProcessEnv, RegExp])[] = [
      [{ PHASEGATE_LISTEN: '8099' }, /^PHASEGATE_LISTEN needs PHASEGATE_DECISION_URL/],
      [
        { PHASEGATE_DECISION_URL: 'http://x.example' },
        /^PHASEGATE_DECISION_URL is "http:\/\/x\.example"; set an https/,
      ],
      [{ PHASEGATE_DECISION_URL: 'https://x.example', PHASEGATE_LISTEN: '0.0.0.0:1' }, /^PHASEGATE_LISTEN is "0/],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, /^OTEL_EXPORTER_OTLP_ENDPOINT is no address/],
    ];
    for (const [env, found] of cases) {
      const finding = examineSettings(env);
      assert.equal(finding.state, 'fail');
      assert.match(finding.found, found);
    }
    const { code, stdout } = await runScript('doctor', [], { PHASEGATE_LISTEN: '8099' });
    assert.equal(code, 1);
    assert.match(stdout, /^ok +Node /m);
    assert.match(stdout, /^fail +Settings +PHASEGATE_LISTEN needs .*\n +→ mend the variable/m);
  });

  it('finds the decision page and the provider, and says what is wrong where they are not there', () =>
    onPage({}, async ({ url, provider }) => {
      const { port } = new URL(url);
      const env = { PHASEGATE_DECISION_URL: url, PHASEGATE_LISTEN: port };
      const { oidc } = provider;
      const good = told(await examineDecisions([{ oidc }, { oidc }], env));
      assert.match(good, new RegExp(`^ok Decision page: answers at 127\\.0\\.0\\.1:${port}$`, 'm'));
      assert.match(good, /^warn Decision URL: .* is for trials/m);
      assert.equal(good.match(/^ok OIDC provider: http\S+ answers$/gm)?.length, 1);

      const gone = { ...oidc, issuer: `http://127.0.0.1:${String(await freePort())}` };
      const secret = { PHASEGATE_DECISION_SECRET_FILE: '/no/such/file' };
      const bad = told(
        await examineDecisions([{ oidc: gone }], { ...env, ...secret, PHASEGATE_LISTEN: String(await freePort()) }),
      );
      assert.match(bad, /^warn Decision page: nobody answers at 127\.0\.0\.1:\d+ → npm start/m);
      assert.match(bad, /^warn OIDC provider: The provider \S+ cannot be used now: ECONNREFUSED\. → /m);
      assert.match(bad, /^fail Client secret: \/no\/such\/file cannot be read → /m);

      await answering(200, async (other) => {
        const taken = told(await examineDecisions([], { ...env, PHASEGATE_LISTEN: new URL(other).port }));
        assert.match(
          taken,
          /^fail Decision page: another program answers at .* → set PHASEGATE_LISTEN to a free port/m,
        );
        assert.match(taken, /^warn OIDC provider: no playbook names one/m);
      });
      const elsewhere = told(
        await examineDecisions([], { PHASEGATE_DECISION_URL: `https://127.0.0.1:${String(await freePort())}/decide` }),
      );
      assert.match(elsewhere, /^warn Decision URL: \S+ cannot be reached from here \(ECONNREFUSED\) → /m);
      assert.match(told(await examineDecisions([], {})), /^ok Decision page: off/);
    }));

  it('asks the collector of traces, and repeats no password', async () => {
    const look = async (url: string) =>
      told([
        await examineTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=a%20b' }),
      ]);
    assert.match(await answering(200, look), /^ok Traces: http:\/\/127\.0\.0\.1:\d+\/v1\/traces takes them$/);
    assert.match(await answering(404, look), /^warn Traces: .* answers with status 404 → .*port 4318/);
    assert.match(
      await answering(401, look),
      /^warn Traces: .* answers with status 401 → set OTEL_EXPORTER_OTLP_HEADERS/,
    );
    const port = String(await freePort());
    assert.equal(
      await look(`http://gates:s3cret@127.0.0.1:${port}`),
      `warn Traces: http://127.0.0.1:${port}/v1/traces cannot be reached (ECONNREFUSED) → start the collector, or unset OTEL_EXPORTER_OTLP_ENDPOINT; phases run without`,
    );
    assert.match(told([await examineTraces({})]), /^ok Traces: off/);
  });

  it('signs in to the mail servers of channels and audiences, sends nothing, and repeats no password', async () => {
    const login = { user: 'gates', password: 's3cret' };
    const server = await MailServer.start({ login });
    const addresses = { from: 'gates@example.com', to: ['dana@example.com'] };
    const plans = [
      {
        channels: [{ smtp: { urlEnv: 'PHASEGATE_GOOD', ...addresses } }, { webhook: { urlEnv: 'PHASEGATE_HOOK' } }],
        reporting: {
          documents: [],
          audiences: {
            team: ['PHASEGATE_GOOD', 'PHASEGATE_WRONG', 'PHASEGATE_MISSING'].map((urlEnv) => ({
              smtp: { urlEnv, ...addresses },
            })),
          },
        },
      },
    ];
    const env = { PHASEGATE_GOOD: server.url('gates:s3cret'), PHASEGATE_WRONG: server.url('gates:wr0ng') };
    try {
      const said = told(await examineChannels(plans, env));
      assert.match(said, /^ok Mail PHASEGATE_GOOD: its server takes the sign-in$/m);
      assert.match(
        said,
        /^warn Mail PHASEGATE_WRONG: The mail server of PHASEGATE_WRONG answered with status 535 to AUTH PLAIN\. → /m,
      );
      assert.match(said, /^warn Mail PHASEGATE_MISSING: The mail server's URL is missing: set PHASEGATE_MISSING/m);
      assert.match(said, /^warn Webhook PHASEGATE_HOOK: its URL is missing → set PHASEGATE_HOOK/m);
      assert.doesNotMatch(said, /s3cret|wr0ng/);
      assert.equal(said.split('\n').length, 4);
      assert.equal(server.received.length, 0);
    } finally {
      await server.stop();
    }
  });
});
