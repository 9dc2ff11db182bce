import assert from 'node:assert/strict';
import { channelSchema } from '../../src/plan/channels.ts';

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:gates';

describe('a channel', () => {
  const sound = [
    { webhook: { urlEnv: 'PHASEGATE_SLACK_URL' } },
    { sns: { topicArn } },
    { sns: { topicArn: 'arn:aws-cn:sns:cn-north-1:123456789012:gates', region: 'cn-north-1' } },
    { ses: { from: 'gates@example.com', to: ['a@example.com', 'b+c@mail.example.com'], region: 'eu-west-1' } },
    { smtp: { urlEnv: 'PHASEGATE_SMTP', from: 'gates@example.com', to: ['a@example.com'] } },
    { file: 'notices.jsonl' },
    { file: 'phase-4/..notices/all.jsonl' },
  ];
  for (const given of sound) {
    it(`may be ${JSON.stringify(given)}`, () => assert.deepEqual(channelSchema.parse(given), given));
  }

  const faulty = [
    {},
    { webhook: { urlEnv: 'https://hooks.slack.com/services/T0/B0/secret' } },
    { webhook: { url: 'https://hooks.slack.com/services/T0/B0/secret' } },
    { webhook: { urlEnv: 'AWS_SECRET_ACCESS_KEY' } },
    { webhook: { urlEnv: 'SLACK_WEBHOOK_URL' } },
    { webhook: { urlEnv: 'PHASEGATE_A' }, file: 'notices.jsonl' },
    { sns: { topicArn: 'gates' } },
    { sns: { topicArn: `${topicArn}.fifo` } },
    { sns: { topicArn, region: 'Ireland' } },
    { ses: { from: 'gates@example.com', to: ['a@example.com'] } },
    { smtp: { urlEnv: 'smtps://u:secret@example.com', from: 'gates@example.com', to: ['a@example.com'] } },
    { smtp: { urlEnv: 'PHASEGATE_SMTP', from: 'gates@example.com', to: [] } },
    ...[
      'a',
      'Ann <a@example.com>',
      'a@example.com\r\nBcc: b@example.com',
      'a@example.com,b@example.com',
      '@example.com',
    ].map((to) => ({
      smtp: { urlEnv: 'PHASEGATE_SMTP', from: 'gates@example.com', to: [to] },
    })),
    ...['', '.', '..', '/etc/notices', '../notices', 'a/../../b', 'a//b', 'a/', './a', 'a\\..\\b', 'C:/a', 'a\0b'].map(
      (file) => ({
        file,
      }),
    ),
  ];
  for (const given of faulty) {
    it(`may not be ${JSON.stringify(given)}`, () => assert.equal(channelSchema.safeParse(given).success, false));
  }
});
