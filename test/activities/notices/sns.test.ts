import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { ConfirmSubscriptionCommand, CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { deliver } from '../../../src/activities/notices/deliver.ts';
import { directoryStore } from '../../../src/store/store.ts';
import type { Notice } from '../../../src/contract/notice.ts';
import { emulator } from '../../support/emulator.ts';
import { notice } from './fixture.ts';
import { Receiver } from './receiver.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:gates';

interface Addressed {
  readonly topicArn?: string;
  readonly region?: string;
  readonly timeoutMs?: number;
}

async function publish(more: Partial<Notice> = {}, { timeoutMs = 20_000, ...addressed }: Addressed = {}) {
  await deliver(
    notice(more),
    { sns: { topicArn, ...addressed } },
    { records: directoryStore('/nowhere'), env: {}, timeoutMs },
  );
}

async function failure(publishing: Promise<void>) {
  const error: unknown = await publishing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return { message: error.message, permanent: error.name === 'PermanentError' };
}

describe('a topic of SNS', () => {
  // It sets credentials too, which the tests without it need as well.
  before(async function () {
    this.timeout(120_000);
    await emulator();
  });

  describe('of the emulator', () => {
    it('hands the notice to its subscribers', async () => {
      const subscriber = await Receiver.start((response) => response.end());
      const client = new SNSClient({ region: 'eu-west-1' });
      try {
        const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'gates' }));
        await client.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: subscriber.url }));
        const { Token } = await message(subscriber, 'SubscriptionConfirmation');
        await client.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
        await publish({ title: 'Gate 4.1/exit — waits' }, { topicArn: TopicArn });
        const { Subject, Message, MessageAttributes } = await message(subscriber, 'Notification');
        assert.equal(Subject, 'Gate 4.1/exit - waits');
        assert.equal(Message, 'Gate 4.1/exit — waits\n\nTwo criteria are unmet.');
        assert.deepEqual(MessageAttributes, {
          kind: { Type: 'String', Value: 'opened' },
          phase: { Type: 'String', Value: 'phase-4' },
          gate: { Type: 'String', Value: '4.1/exit' },
        });
      } finally {
        client.destroy();
        await subscriber.stop();
      }
    });

    it('that does not exist is for a person to mend', async () => {
      const gone = 'arn:aws:sns:eu-west-1:000000000000:gone';
      const { message, permanent } = await failure(publish({}, { topicArn: gone }));
      assert.ok(permanent);
      assert.match(message, /^Topic arn:aws:sns:eu-west-1:000000000000:gone: NotFound/);
    });
  });

  describe('at an endpoint', () => {
    let receiver: Receiver;
    const answering = async (answer: (response: ServerResponse, nth: number) => void) => {
      receiver = await Receiver.start(answer);
      // Prevails over AWS_ENDPOINT_URL.
      process.env['AWS_ENDPOINT_URL_SNS'] = receiver.url;
    };
    afterEach(async () => {
      delete process.env['AWS_ENDPOINT_URL_SNS'];
      await receiver.stop();
    });

    it('is addressed in its own region, unless another one is stated', async () => {
      await answering((response) => accept(response));
      await publish();
      await publish({}, { region: 'us-east-1' });
      assert.deepEqual(
        receiver.received.map(({ headers }) => /\/(\w+-\w+-\d)\/sns\//.exec(headers.authorization ?? '')?.[1]),
        ['eu-central-1', 'us-east-1'],
      );
      const form = new URLSearchParams(receiver.received[0]!.body);
      assert.equal(form.get('Action'), 'Publish');
      assert.equal(form.get('TopicArn'), topicArn);
    });

    it('is asked again by the SDK when it fails', async () => {
      await answering((response, nth) => (nth === 1 ? refuse(response, 500, 'InternalError') : accept(response)));
      await publish();
      assert.equal(receiver.received.length, 2);
    });

    it('that refuses for want of permissions is for a person to mend', async () => {
      await answering((response) => refuse(response, 403, 'AuthorizationError'));
      const { message, permanent } = await failure(publish());
      assert.ok(permanent);
      assert.match(message, /AuthorizationError.*: because Extend the permissions of the role that was refused\.$/);
    });

    it('that throttles is worth another attempt', async () => {
      await answering((response) => refuse(response, 400, 'Throttling'));
      assert.equal((await failure(publish())).permanent, false);
    });

    it('says nothing of credentials that it does not take', async () => {
      await answering((response) => refuse(response, 403, 'SignatureDoesNotMatch'));
      assert.deepEqual(await failure(publish()), {
        message: `Topic ${topicArn}: AWS does not take the worker's credentials (SignatureDoesNotMatch).`,
        permanent: false,
      });
    });

    it('that does not answer is given up', async () => {
      await answering(() => undefined);
      const began = performance.now();
      assert.deepEqual(await failure(publish({}, { timeoutMs: 300 })), {
        message: `Topic ${topicArn}: SNS in eu-central-1 cannot be reached (no answer in time).`,
        permanent: false,
      });
      assert.ok(performance.now() - began < 5_000);
    });
  });
});

/** The first message of that type that a subscriber has got, once it has. */
async function message(subscriber: Receiver, type: string): Promise<{ [name: string]: string | undefined }> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = subscriber.received.find(({ headers }) => headers['x-amz-sns-message-type'] === type);
    if (found !== undefined) return JSON.parse(found.body) as { [name: string]: string };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No ${type} has arrived.`);
}

function accept(response: ServerResponse): void {
  response.end('<PublishResponse><PublishResult><MessageId>m1</MessageId></PublishResult></PublishResponse>');
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status)
    .end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>because</Message></Error></ErrorResponse>`,
    );
}
