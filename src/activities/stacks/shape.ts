import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { length } from '../../plan/playbook/gates-schema.ts';
import type { Environment } from '../../plan/section.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** AWS takes all values as text. Numbers need no quotes in the playbook, because the reader keeps them as written. */
export const textValues = z.record(z.string(), scalar);
/** Values of parameters. A list becomes one text with commas, as CloudFormation expects. */
const parameters = z.record(z.string(), z.union([scalar, z.array(scalar).transform((values) => values.join(','))]));
const arn = z.string().regex(/^(arn:|\{\{)/, 'an ARN, or a reference to one');

/** Deployment settings, of an environment or of one stack; those of the stack prevail. */
const handling = {
  serviceRole: arn.optional().describe('Role that CloudFormation assumes; the stack keeps it for later operations.'),
  rollbackAlarms: z
    .strictObject({
      arns: z.array(arn).min(1).max(5),
      minutes: z
        .int()
        .min(0)
        .max(180)
        .default(0)
        .describe('Minutes after an operation in which the alarms still count.'),
    })
    .optional()
    .describe('Alarms that roll an operation back when they go off.'),
  terminationProtection: z.boolean().optional().describe('Absent: not changed.'),
  whenBusy: z
    .enum(['wait', 'fail'])
    .optional()
    .describe('Action when another deployment is changing the stack; wait unless stated.'),
  recreate: z.boolean().optional().describe('A stack whose creation failed is deleted and created again.'),
  retryDelete: z.boolean().optional().describe('A stack whose deletion failed is deleted again, then created.'),
  deadline: length.optional().describe('After that time the deployment is stopped, and rolled back: 30m, 2h.'),
};

/** The keys that the section adds to an environment, for all stacks that are deployed to it. */
export const environmentKeys = {
  parameters: parameters.default({}).describe('Given to every stack whose template declares them.'),
  templateBucket: z.string().optional().describe('Bucket for templates that are too large for a request.'),
  ...handling,
};

export type StackEnvironment = Environment & z.output<z.ZodObject<typeof environmentKeys>>;

/** Narrows the type of an environment to include `environmentKeys`, which the playbook's shape has checked. */
export function ofStacks(environment: Environment): StackEnvironment {
  return environment as StackEnvironment;
}

/** False for a protected environment with settings that delete stacks. */
export function keepsProtected(environment: Environment): boolean {
  const { protected: isProtected, recreate, retryDelete } = ofStacks(environment);
  return !isProtected || (recreate !== true && retryDelete !== true);
}

/** These names become parts of names on AWS. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'a name is letters, digits and hyphens');

export const templatePath = z.string().describe('Path of the CloudFormation template within the phase folder.');

const stackKeys = {
  template: templatePath.optional(),
  existing: z
    .string()
    .regex(/^[A-Za-z{][A-Za-z0-9{}-]*$/, 'the name of a stack on AWS, which may hold {environment}')
    .optional()
    .describe('Instead of a template: name on AWS of a stack that this phase does not deploy; may hold {environment}.'),
  exports: z
    .array(z.string())
    .optional()
    .describe('Names that an existing stack exports, written as the templates import them.'),
  per: z.enum(['environment', 'account']).default('environment').describe('Deployed to each environment, or once.'),
  parameters: parameters.default({}).describe("Values for the template's parameters; they prevail over environments'."),
  keepParameters: z
    .array(z.string())
    .optional()
    .describe('Parameters without a value here, which keep their current value in the stack.'),
  capabilities: z
    .array(z.enum(['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND']))
    .default([])
    .describe('Capabilities that the deployment acknowledges; none unless stated.'),
  tags: textValues.default({}),
  stackPolicy: z.record(z.string(), z.json()).optional().describe('Set after each operation, if it differs.'),
  ...handling,
};

/** Keys that an existing stack may have. */
const ofExisting: readonly string[] = ['existing', 'exports', 'per'];

export const longStack = z.strictObject(stackKeys).superRefine((stack, context) => {
  const { template, existing, exports } = stack;
  if (template === undefined && existing === undefined) {
    context.addIssue({ code: 'custom', path: ['template'], message: 'a stack has a template, or is an existing one' });
  }
  if (existing === undefined && exports !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['exports'],
      message: 'the exports of a stack are read from its template',
    });
  }
  if (existing === undefined) return;
  const others = Object.entries(stack).filter(([key, value]) => !ofExisting.includes(key) && !isEmpty(value));
  for (const [key] of others) {
    context.addIssue({ code: 'custom', path: [key], message: 'an existing stack is not deployed by this phase' });
  }
});

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** A stack. The short form is the path of its template. */
const stackSchema = z.union([templatePath, longStack]);

/** The playbook's stacks, by name. */
export const stacksShape = z.record(name, stackSchema).default({});

export type GivenStacks = z.output<typeof stacksShape>;
export type PlaybookStack = z.output<typeof longStack>;
export type Handling = Pick<PlaybookStack, keyof typeof handling>;

/** Converts a stack to its long form. */
export function longForm(given: string | PlaybookStack): PlaybookStack {
  return typeof given === 'string' ? longStack.parse({ template: given }) : given;
}

export interface StackEntry extends Handling {
  /** Name on AWS of a stack that the phase does not deploy and has no template for. May hold `{environment}`. */
  readonly existing?: string;
  /** Path within the phase folder; empty for an existing stack. */
  readonly template: string;
  /** Hex SHA-256 of the template; `null` when the file is missing or cannot be read. */
  readonly digest: string | null;
  readonly per: 'environment' | 'account';
  /** Names of parameters that the template declares. */
  readonly declaredParameters: readonly string[];
  readonly parameters: { readonly [name: string]: string };
  /** Parameters without a value, which keep their current value in the stack. */
  readonly keepParameters?: readonly string[] | undefined;
  readonly capabilities: readonly string[];
  readonly tags: { readonly [name: string]: string };
  readonly stackPolicy?: JsonObject | undefined;
}
