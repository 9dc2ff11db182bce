import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { deliver } from '../../../src/activities/notices/deliver.ts';
import type { Notice } from '../../../src/contract/notice.ts';
import { directoryStore } from '../../../src/store/store.ts';
import { certificateOf } from '../../support/certificate.ts';
import { freePort } from '../../support/sandbox.ts';
import { notice } from './fixture.ts';
import { type MailOptions, MailServer } from './mail-server.ts';

const SECRET = 'pa:ss/wörd';
const LOGIN = `gates:${encodeURIComponent(SECRET)}`;
const login = { user: 'gates', password: SECRET };
const channel = {
  smtp: { urlEnv: 'PHASEGATE_SMTP', from: 'gates@example.com', to: ['dana@example.com', 'omar@example.com'] },
};

async function send(url: string | undefined, more: Partial<Notice> = {}, timeoutMs = 10_000): Promise<void> {
  await deliver(notice(more), channel, {
    records: directoryStore('/nowhere'),
    env: { PHASEGATE_SMTP: url },
    timeoutMs,
  });
}

async function failure(url: string | undefined, timeoutMs?: number) {
  const error: unknown = await send(url, {}, timeoutMs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  // Everything that a log or a history could show of it, causes included.
  const shown = inspect(error, { depth: 9, showHidden: true });
  for (const secret of [SECRET, encodeURIComponent(SECRET), 'password:']) assert.ok(!shown.includes(secret), shown);
  return { message: error.message, permanent: error.name === 'PermanentError' };
}

describe('a mail server', function () {
  this.timeout(20_000);
  const servers: MailServer[] = [];
  const start = async (options?: MailOptions) => {
    const server = await MailServer.start(options);
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it('gets the notice as plain text, under a Message-ID that is the same for every attempt', async () => {
    const server = await start();
    const decide = { approve: 'https://x/approve', reject: 'https://x/reject' };
    const said = { title: 'Gate 4.1/exit — waits\r\nBcc: eve@example.com', text: '<b>Two</b>\nare unmet.', decide };
    for (const id of ['n1', 'n1', 'n2']) await send(server.url(), { ...said, id });
    const [first, again, other] = server.received;
    assert.deepEqual([first?.from, first?.to], [channel.smtp.from, channel.smtp.to]);
    const { raw = '' } = first ?? {};
    assert.match(raw, /^Subject: =\?UTF-8\?Q\?Gate_4=2E1\/exit_=E2=80=94_waits_Bcc=3A_e/m);
    assert.doesNotMatch(raw.slice(0, raw.indexOf('\r\n\r\n')), /^Bcc:/im);
    assert.match(raw, /^Content-Type: text\/plain; charset=utf-8$/im);
    assert.match(raw, /^Auto-Submitted: auto-generated$/im);
    assert.ok(raw.includes('<b>Two</b>\r\nare unmet.\r\n\r\nApprove or reject: =\r\nhttps://x/approve'), raw);
    const ids = [first, again, other].map(
      (one) => /^Message-ID:\s+(<phasegate\.\w{40}@example\.com>)$/im.exec(one?.raw ?? '')?.[1],
    );
    assert.ok(ids[0] !== undefined && ids[0] === ids[1] && ids[0] !== ids[2], ids.join());
  });

  it('that asks for a password gets that of the variable, which no error tells', async () => {
    const server = await start({ login });
    await send(server.url(LOGIN));
    assert.equal(server.received.length, 1);
    const wrong = await failure(server.url(`${LOGIN}x`));
    assert.deepEqual(wrong, {
      message: 'The mail server of PHASEGATE_SMTP answered with status 535 to AUTH PLAIN.',
      permanent: true,
    });
    assert.equal((await failure(server.url())).permanent, true);
    assert.equal(server.received.length, 1);
  });

  it('elsewhere has to have TLS before it is told anything', async () => {
    const server = await start({ host: '127.0.0.2', login, disabledCommands: ['STARTTLS'] });
    assert.deepEqual(await failure(server.url(LOGIN)), {
      message: 'The mail server of PHASEGATE_SMTP offers no TLS that can be used.',
      permanent: true,
    });
    assert.equal(server.logins, 0);
  });

  it('has to have a certificate that is trusted, for STARTTLS and for TLS from the beginning', async () => {
    const host = '127.0.0.2';
    const certificate = certificateOf(host);
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-mail-'));
    try {
      await writeFile(join(folder, 'ca.pem'), certificate.cert);
      for (const [secure, protocol] of [
        [false, 'smtp'],
        [true, 'smtps'],
      ] as const) {
        const server = await start({ host, login, secure, allowInsecureAuth: false, ...certificate });
        const url = server.url(LOGIN, protocol);
        assert.match((await failure(url)).message, /^The mail server of PHASEGATE_SMTP cannot be reached \(E\w+\)\.$/);
        assert.equal(server.logins, 0);
        // Node reads the certificates that are trusted when it starts.
        const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), PHASEGATE_SMTP: url };
        const program = `import { sendBySmtp } from ${JSON.stringify(join(import.meta.dirname, '../../../src/activities/notices/smtp.ts'))};
await sendBySmtp(${JSON.stringify(notice())}, { ...${JSON.stringify(channel.smtp)}, env: process.env, timeoutMs: 10000 });`;
        const args = ['--import', 'tsx', '--input-type=module', '-e', program];
        await promisify(execFile)(process.execPath, args, { env });
        assert.equal(server.received.length, 1, protocol);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('that refuses for now is worth another attempt, and one that refuses for good is for a person to mend', async () => {
    for (const [status, permanent] of [
      [451, false],
      [552, true],
    ] as const) {
      const server = await start({ refuses: { data: status } });
      assert.deepEqual(await failure(server.url()), {
        message: `The mail server of PHASEGATE_SMTP answered with status ${String(status)} to DATA.`,
        permanent,
      });
    }
    const nobody = await start({ refuses: { 'dana@example.com': 550, 'omar@example.com': 550 } });
    assert.deepEqual(await failure(nobody.url()), {
      message: 'The mail server of PHASEGATE_SMTP answered with status 550 to RCPT TO.',
      permanent: true,
    });
  });

  it('that refuses one recipient serves the others, and the refusal is told', async () => {
    const server = await start({ refuses: { 'omar@example.com': 550 } });
    assert.deepEqual(await failure(server.url()), {
      message: 'The mail server of PHASEGATE_SMTP refused omar@example.com; the others have it.',
      permanent: true,
    });
    assert.deepEqual(server.received[0]?.to, ['dana@example.com']);
  });

  it('that does not answer, or is not there, is given up and worth another attempt', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const { port } = silent.address() as AddressInfo;
      assert.deepEqual(await failure(`smtp://127.0.0.1:${String(port)}`, 200), {
        message: 'The mail server of PHASEGATE_SMTP cannot be reached (no answer in time).',
        permanent: false,
      });
    } finally {
      silent.close();
    }
    const { message, permanent } = await failure(`smtp://127.0.0.1:${String(await freePort())}`);
    assert.match(message, /cannot be reached \(E\w+\)\.$/);
    assert.equal(permanent, false);
  });

  const faulty = [
    '',
    'mail.example.com',
    'http://x.example',
    'smtp://',
    'smtps://user@x.example',
    'smtps://u:%zz@x.example',
  ];
  for (const url of [undefined, ...faulty, 'smtps://x.example/box', 'smtps://x.example?tls.rejectUnauthorized=false']) {
    it(`has no URL ${JSON.stringify(url) ?? 'where the variable is missing'}`, async () => {
      const { message, permanent } = await failure(url);
      assert.ok(permanent);
      assert.match(
        message,
        /^(The mail server's URL is missing: set PHASEGATE_SMTP|PHASEGATE_SMTP in the worker's environment must be)/,
      );
    });
  }
});
