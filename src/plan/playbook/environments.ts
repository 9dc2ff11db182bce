import { z } from 'zod';
import type { Environment, Section } from '../section.ts';
import { approver } from './gates-schema.ts';

/** A role of IAM; never credentials, which have no place in a playbook. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'the ARN of a role, such as arn:aws:iam::111122223333:role/deployer',
  );

const environmentBase = z.strictObject({
  region: z.string().describe('AWS region.'),
  role: roleArn.optional().describe('Role that is assumed to act in it; the credentials of the worker unless stated.'),
  protected: z
    .boolean()
    .default(false)
    .describe('Nothing in it is deleted to clean up after a failure; what may destroy data needs approval.'),
  destructive: approver
    .optional()
    .describe('Who lets changes pass that destroy something in what is protected or not ours; any role unless stated.'),
});

export type PlaybookEnvironment = Environment & z.output<typeof environmentBase>;

/** Keys of an environment, with those that sections add. */
export function environmentKeys(sections: readonly Section[]): readonly string[] {
  return [environmentBase, ...sections.map(({ environment }) => z.object(environment))].flatMap((one) =>
    Object.keys(one.shape),
  );
}

/** Shape of an environment, with the keys that sections add. */
export function environmentShape(sections: readonly Section[]): z.ZodType<PlaybookEnvironment> {
  const added = sections.flatMap(({ environment }) => Object.entries(environment));
  let shape: z.ZodType = z.strictObject({ ...environmentBase.shape, ...Object.fromEntries(added) });
  for (const { environmentRule: rule } of sections) {
    if (rule === undefined) continue;
    shape = shape.refine((one) => rule.holds(one as Environment), { message: rule.message });
  }
  return shape as z.ZodType<PlaybookEnvironment>;
}
