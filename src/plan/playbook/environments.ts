import { z } from 'zod';
import type { Environment, Section } from '../section.ts';
import { approver } from './gates-schema.ts';

/** The ARN of an IAM role. Playbooks never hold credentials. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'the ARN of a role, such as arn:aws:iam::111122223333:role/deployer',
  );

/** The same, or a reference to what a stack of the phase has published. */
export const roleOrReference = z
  .string()
  .regex(
    /^(arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+|\{\{[^{}]+\}\})$/,
    'the ARN of a role, such as arn:aws:iam::111122223333:role/deployer, or a reference to it, such as {{stacks.roles.DeployerArn}}',
  );

const environmentBase = z.strictObject({
  region: z.string().describe('AWS region.'),
  role: roleArn.optional().describe('Role to assume there; the credentials of the worker unless stated.'),
  protected: z
    .boolean()
    .default(false)
    .describe('No stack is deleted to clean up after a failure, and changes that may destroy data need approval.'),
  destructive: approver
    .optional()
    .describe(
      'Approver of changes that destroy resources in a protected environment or in a stack that phasegate does not own; any role unless stated.',
    ),
});

export type PlaybookEnvironment = Environment & z.output<typeof environmentBase>;

/** Keys of an environment, including those that sections add. */
export function environmentKeys(sections: readonly Section[]): readonly string[] {
  return [environmentBase, ...sections.map(({ environment }) => z.object(environment))].flatMap((one) =>
    Object.keys(one.shape),
  );
}

/** Shape of an environment, including the keys that sections add. */
export function environmentShape(sections: readonly Section[]): z.ZodType<PlaybookEnvironment> {
  const added = sections.flatMap(({ environment }) => Object.entries(environment));
  let shape: z.ZodType = z.strictObject({ ...environmentBase.shape, ...Object.fromEntries(added) });
  for (const { environmentRule: rule } of sections) {
    if (rule === undefined) continue;
    shape = shape.refine((one) => rule.holds(one as Environment), { message: rule.message });
  }
  return shape as z.ZodType<PlaybookEnvironment>;
}
