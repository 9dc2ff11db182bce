import { z } from 'zod';

const urlEnv = z
  .string()
  // The prefix keeps a playbook from reading other variables of the worker's environment.
  .regex(
    /^PHASEGATE_\w+$/,
    'the name of an environment variable of the worker that holds the URL, never the URL itself; it begins with PHASEGATE_, such as PHASEGATE_WEBHOOK',
  )
  .describe('Environment variable of the worker, PHASEGATE_…, that holds the URL; the URL itself is a secret.');

const webhook = z.strictObject({ urlEnv });

const region = z.string().regex(/^[a-z]+(-[a-z0-9]+)+$/, 'an AWS region such as eu-west-1');

const sns = z.strictObject({
  topicArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
      'the ARN of a standard topic, such as arn:aws:sns:eu-west-1:123456789012:gates',
    ),
  region: region.optional().describe("The topic's own unless stated."),
});

// ASCII without quotes: what every mail server takes, and nothing that ends a header.
const address = z
  .string()
  .max(254)
  .regex(/^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'a mail address such as team@example.com, without a name');
const mail = {
  from: address.describe('Address of the sender.'),
  to: z.array(address).min(1).max(20).describe('Addresses of those who get it, 20 at most.'),
};

const ses = z.strictObject({ ...mail, region: region.describe('Where the sender is verified.') });

const smtp = z.strictObject({ urlEnv, ...mail });

const file = z
  .string()
  .refine(isInside, 'a path within the records directory, such as notices.jsonl')
  .describe('Path within the records directory; each notice is one line of JSON.');

/** The kinds of channels, each with the keys of its value. */
export const channelKeys: { readonly [key in 'webhook' | 'sns' | 'ses' | 'smtp' | 'file']: readonly string[] } = {
  webhook: Object.keys(webhook.shape),
  sns: Object.keys(sns.shape),
  ses: Object.keys(ses.shape),
  smtp: Object.keys(smtp.shape),
  file: [],
};

/** A destination for notices. */
export const channelSchema = z.union(
  [
    z.strictObject({ webhook }),
    z.strictObject({ sns }),
    z.strictObject({ ses }),
    z.strictObject({ smtp }),
    z.strictObject({ file }),
  ],
  {
    error:
      'one of {webhook: {urlEnv: PHASEGATE_NAME}}, {sns: {topicArn: ARN}}, {ses: {from: ADDRESS, to: [ADDRESS], region: REGION}}, ' +
      '{smtp: {urlEnv: PHASEGATE_NAME, from: ADDRESS, to: [ADDRESS]}} or {file: PATH}',
  },
);

export type Channel = z.output<typeof channelSchema>;

/** Refuses backslashes and colons as well, because Windows reads them as separators and drive letters. */
function isInside(path: string): boolean {
  return /^[^/\\:\0]+(\/[^/\\:\0]+)*$/.test(path) && path.split('/').every((part) => part !== '.' && part !== '..');
}
