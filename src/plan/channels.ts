import { z } from 'zod';

const webhook = z.strictObject({
  urlEnv: z
    .string()
    // The prefix keeps a playbook from reading other variables of the worker's environment.
    .regex(
      /^PHASEGATE_\w+$/,
      'the name of an environment variable of the worker that holds the URL, never the URL itself; it begins with PHASEGATE_, such as PHASEGATE_WEBHOOK',
    )
    .describe('Environment variable of the worker, PHASEGATE_…, that holds the URL; the URL itself is a secret.'),
});

const sns = z.strictObject({
  topicArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
      'the ARN of a standard topic, such as arn:aws:sns:eu-west-1:123456789012:gates',
    ),
  region: z
    .string()
    .regex(/^[a-z]+(-[a-z0-9]+)+$/, 'an AWS region such as eu-west-1')
    .optional()
    .describe("The topic's own unless stated."),
});

const file = z
  .string()
  .refine(isInside, 'a path within the records directory, such as notices.jsonl')
  .describe('Path within the records directory; each notice is one line of JSON.');

/** The kinds of channels, each with the keys of its value. */
export const channelKeys: { readonly [key in 'webhook' | 'sns' | 'file']: readonly string[] } = {
  webhook: Object.keys(webhook.shape),
  sns: Object.keys(sns.shape),
  file: [],
};

/** A destination for notices. */
export const channelSchema = z.union([z.strictObject({ webhook }), z.strictObject({ sns }), z.strictObject({ file })], {
  error: 'one of {webhook: {urlEnv: PHASEGATE_NAME}}, {sns: {topicArn: ARN}} or {file: PATH}',
});

export type Channel = z.output<typeof channelSchema>;

/** Refuses backslashes and colons as well, because Windows reads them as separators and drive letters. */
function isInside(path: string): boolean {
  return /^[^/\\:\0]+(\/[^/\\:\0]+)*$/.test(path) && path.split('/').every((part) => part !== '.' && part !== '..');
}
