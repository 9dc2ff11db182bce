import assert from 'node:assert/strict';
import { GetAccountCommand, CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { deliver } from '../../../src/activities/notices/deliver.ts';
import type { Notice } from '../../../src/contract/notice.ts';
import { directoryStore } from '../../../src/store/store.ts';
import { emulator } from '../../support/emulator.ts';
import { notice } from './fixture.ts';
import { Receiver } from './receiver.ts';

const ses = { from: 'gates@example.com', to: ['dana@example.com'], region: 'eu-west-1' };

async function send(more: Partial<Notice> = {}): Promise<void> {
  await deliver(notice(more), { ses }, { records: directoryStore('/nowhere'), env: {}, timeoutMs: 20_000 });
}

describe('mail by SES', () => {
  // It sets credentials too, which the tests without it need as well.
  before(async function () {
    this.timeout(120_000);
    await emulator();
  });

  it('is taken by the emulator', async () => {
    const client = new SESv2Client({ region: ses.region });
    const sent = async () => (await client.send(new GetAccountCommand())).SendQuota?.SentLast24Hours ?? 0;
    try {
      await client.send(new CreateEmailIdentityCommand({ EmailIdentity: ses.from }));
      const before = await sent();
      await send();
      assert.equal(await sent(), before + 1);
    } finally {
      client.destroy();
    }
  });

  describe('at an endpoint', () => {
    let receiver: Receiver;
    const answering = async (status: number, body: object, type = '') => {
      receiver = await Receiver.start((response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
        response.end(JSON.stringify(body));
      });
      // Prevails over AWS_ENDPOINT_URL.
      process.env['AWS_ENDPOINT_URL_SESV2'] = receiver.url;
    };
    const failure = async () => {
      const error: unknown = await send().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Error);
      return { permanent: error.name === 'PermanentError', message: error.message };
    };
    afterEach(async () => {
      delete process.env['AWS_ENDPOINT_URL_SESV2'];
      await receiver.stop();
    });

    it('is plain text, with a header that tells a repetition', async () => {
      await answering(200, { MessageId: 'm1' });
      for (const id of ['n1', 'n1', 'n2']) await send({ id, title: 'Gate\r\nBcc: eve@example.com' });
      const bodies = receiver.received.map(({ body }) => JSON.parse(body) as Sent);
      const [first] = bodies;
      assert.equal(first?.FromEmailAddress, ses.from);
      assert.deepEqual(first.Destination, { ToAddresses: ses.to });
      const { Subject, Body } = first.Content.Simple;
      assert.equal(Subject.Data, 'Gate Bcc: eve@example.com');
      assert.match(Body.Text.Data, /Two criteria are unmet\.$/);
      const ids = bodies.map(({ Content }) => Content.Simple.Headers.map(({ Value }) => Value).join());
      assert.ok(ids[0] === ids[1] && ids[0] !== ids[2], ids.join());
      assert.match(receiver.received[0]?.headers.authorization ?? '', /\/eu-west-1\/ses\//);
    });

    it('that refuses the addresses is for a person to mend, and one that throttles is worth another attempt', async () => {
      await answering(400, { message: 'Email address is not verified' }, 'MessageRejected');
      assert.deepEqual(await failure(), {
        permanent: true,
        message: 'Mail from gates@example.com: MessageRejected: Email address is not verified',
      });
      await receiver.stop();
      await answering(429, { message: 'slower' }, 'TooManyRequestsException');
      assert.equal((await failure()).permanent, false);
    });
  });
});

interface Sent {
  readonly FromEmailAddress: string;
  readonly Destination: object;
  readonly Content: {
    readonly Simple: {
      readonly Subject: { readonly Data: string };
      readonly Body: { readonly Text: { readonly Data: string } };
      readonly Headers: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
}
