import ms from 'ms';
import { z } from 'zod';
import { oidc, registeredPerson } from '../identity/registry.ts';
import { readPlaybookYaml } from './playbook-yaml.ts';

const texts = z.array(z.string());
/** Values reach AWS as text; editors need not ask for quotes, because the reader takes them as they are written. */
const textValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));
/** These names become parts of CloudFormation stack names. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'a name is letters, digits and hyphens');

const person = z.strictObject({
  agents: texts.default([]).describe('Agents that this person holds: what they may complete.'),
  roles: texts.default([]).describe('Roles of this person: what they may decide.'),
  keys: registeredPerson.shape.keys.unwrap().optional().describe('Public keys that they sign decisions with.'),
  subject: registeredPerson.shape.subject.describe("What the provider's ID tokens call them."),
});

const environment = z.strictObject({
  region: z.string().describe('AWS region.'),
  protected: z.boolean().default(false).describe('Nothing in it is deleted to clean up after a failure.'),
  parameters: textValues.default({}).describe('Given to every stack whose template declares them.'),
});

const template = z.string().describe('Path of the CloudFormation template within the phase folder.');

const longStack = z.strictObject({
  template,
  per: z.enum(['environment', 'account']).default('environment').describe('Deployed to each environment, or once.'),
  parameters: textValues.default({}).describe("Values for the template's parameters; they prevail over environments'."),
  capabilities: texts.default([]).describe('Such as CAPABILITY_NAMED_IAM; none unless stated.'),
  tags: textValues.default({}),
});

/** The short form, a path, is the long one with nothing but its template. */
const stack = z.union([template, longStack]);

const input = z.strictObject({
  from: z.string().describe('A contributing agent; the task waits for an input message from a person who holds it.'),
  what: z.string().optional().describe('What is owed, for the board.'),
});

/** One step of a task: exactly one step kind beside these keys. */
const step = z
  .looseObject({
    covers: texts.optional().describe("Bullets of the task's lane, by a unique beginning."),
    environments: texts.min(1).optional().describe('Environments to act in; all unless stated.'),
  })
  .meta({ id: 'step' });

const task = z
  .looseObject({
    ...step.shape,
    needs: texts.optional().describe('Tasks to wait for besides those that stacks and references imply: b1, 4.1/c1.'),
    inputs: z.array(input).optional().describe('What contributing agents owe the task before it starts.'),
    steps: z.array(step).min(1).optional().describe('Several steps, one after the other.'),
  })
  .meta({ id: 'task' });

/** A check kind alone, or with its value. */
const check = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ id: 'check' });
const quorum = z.strictObject({
  role: z
    .union([z.string(), texts.min(1)])
    .optional()
    .describe('Role, or several of which any will do; any role unless stated.'),
  quorum: z.int().min(1).max(20).default(1).describe('How many different persons.'),
});
const rule = z.union([z.string(), quorum]);

/** A role; `true`, whoever holds any; a role with a quorum; or several of them, all of which are asked. */
const approver = z.union([z.string(), z.literal(true), quorum, z.array(rule).min(1)]).meta({ id: 'approver' });

const criterion = z
  .strictObject({
    check: z
      .union([check, z.array(check).min(1)])
      .optional()
      .describe('A check, or several that must all pass.'),
    every: z.string().optional().describe('How often a check that does not pass looks again: 30s, 10m.'),
    ttl: z
      .string()
      .optional()
      .describe('How long a pass speaks: older ones are looked at again before the gate clears.'),
    onWarning: z.string().optional().describe('Role that accepts a warning of the check; operators unless stated.'),
    approve: approver.optional().describe('Who approves, besides any check; true: whoever holds a role.'),
    ordered: z.boolean().optional().describe('The approvals of the list come one after the other.'),
    orApprove: approver.optional().describe('Role whose approval does instead of the check.'),
  })
  .meta({ id: 'criterion' });

/** `30s`, `10m`, `2d`, in seconds. */
const length = z.string().transform((written, context) => {
  // `ms` also reads "-5m" and "Infinity"; its own type wants literals.
  const value = /^\d/.test(written) ? ms(written as ms.StringValue) : Number.NaN;
  if (value >= 1000) return Math.round(value / 1000);
  context.addIssue({ code: 'custom', message: `"${written}" is no length of time; write 30s, 10m or 2d` });
  return z.NEVER;
});

const policy = z
  .strictObject({
    trust: z
      .enum(['asserted', 'signed'])
      .optional()
      .describe('signed: a decision counts only with a signature of the person.'),
    distinct: z
      .array(z.enum(['starter', 'completers']))
      .optional()
      .describe('Who may not decide: who started the phase, who completed or skipped the tasks that the gate guards.'),
    early: z
      .enum(['refuse', 'keep'])
      .optional()
      .describe('keep: an approval that comes before the gate counts when it opens, if nothing has changed.'),
    distinctFrom: texts.optional().describe('Gates whose approvers may not decide here.'),
    wait: length.optional().describe('The gate stays open at least that long.'),
    remind: z.array(length).optional().describe('Times after opening at which those who are asked are reminded.'),
    deadline: z
      .strictObject({
        after: length.describe('Time after opening.'),
        then: z.enum(['reject', 'escalate', 'extend']).describe('What happens; a gate never clears by itself.'),
        to: z.string().optional().describe('escalate: the role that may approve as well from then on.'),
        by: length.optional().describe('extend: once, by that long.'),
      })
      .refine(({ then, to }) => then !== 'escalate' || to !== undefined, '"escalate" needs "to", a role')
      .refine(({ then, by }) => then !== 'extend' || by !== undefined, '"extend" needs "by", a length of time')
      .optional(),
    override: z
      .strictObject({
        role: z.string().describe('May clear the gate in spite of unmet criteria, with a reason.'),
        review: z.string().describe('Role that reviews the override at the next gate.'),
      })
      .optional(),
  })
  .meta({ id: 'policy' });

/** Criteria by number or by a unique beginning of their text, and what holds for the gate as a whole. */
const gate = z.object({ policy: policy.optional() }).catchall(criterion);

const milestone = z.strictObject({
  tasks: z.record(z.string(), task).optional().describe('By Gantt id.'),
  entry: gate.optional(),
  exit: gate.optional(),
  quality: gate.optional(),
});

const gates = z.strictObject({ entry: gate.optional(), completion: gate.optional() });

/** The playbook's shape, less the step and check kinds, whose values the kinds themselves validate. */
export const playbookSchema = z.strictObject({
  people: z.record(z.string(), person).optional().describe('Absent: anyone may act.'),
  oidc: oidc.optional().describe('The provider whose ID tokens vouch for people.'),
  operators: texts.optional().describe('Roles that may retry, skip, waive, resubmit and recheck.'),
  environments: z.record(name, environment).default({}),
  stacks: z.record(name, stack).default({}),
  policy: policy.default({}).describe('Holds for every gate; what a gate states of its own prevails, key by key.'),
  gates: gates.default({}).describe("The phase's own gates."),
  milestones: z.record(z.string(), milestone).default({}).describe('By number.'),
});

export type Playbook = z.output<typeof playbookSchema>;
export type PlaybookTask = z.output<typeof task>;
export type PlaybookStep = z.output<typeof step>;
export type PlaybookCriterion = z.output<typeof criterion>;
export type PlaybookGate = z.output<typeof gate>;
export type PlaybookPolicy = z.output<typeof policy>;
export type PlaybookApprover = z.output<typeof approver>;
export type PlaybookStack = z.output<typeof longStack>;

/** The long form of a stack. */
export function longForm(given: string | PlaybookStack): PlaybookStack {
  return typeof given === 'string' ? longStack.parse({ template: given }) : given;
}

/** Keys that may stand beside a step kind. */
export const taskKeys: readonly string[] = Object.keys(task.shape);
export const stepKeys: readonly string[] = Object.keys(step.shape);

/** Keys of the playbook's fixed parts, by where they stand; `*` is any key. */
const fixedKeys: { readonly [path: string]: readonly string[] } = {
  '': Object.keys(playbookSchema.shape),
  'people.*': Object.keys(person.shape),
  'environments.*': Object.keys(environment.shape),
  'stacks.*': Object.keys(longStack.shape),
  gates: Object.keys(gates.shape),
  'milestones.*': Object.keys(milestone.shape),
  'milestones.*.tasks.*.inputs.*': Object.keys(input.shape),
  policy: Object.keys(policy.shape),
  oidc: Object.keys(oidc.shape),
  'gates.*.policy': Object.keys(policy.shape),
  'gates.*.*': Object.keys(criterion.shape),
  'milestones.*.*.policy': Object.keys(policy.shape),
  'milestones.*.*.*': Object.keys(criterion.shape),
};

/** What may stand at a path, for suggestions; nothing where any key may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const found = Object.entries(fixedKeys).find(([pattern]) => {
    const parts = pattern === '' ? [] : pattern.split('.');
    return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]);
  });
  return found?.[1] ?? [];
}

/** Paths of the templates that a playbook names, each once; empty for a text that is no playbook. */
export function templatePaths(text: string): string[] {
  const { value } = readPlaybookYaml(text);
  const stacks = isRecord(value) && isRecord(value['stacks']) ? Object.values(value['stacks']) : [];
  const paths = stacks.map((one) => (isRecord(one) ? one['template'] : one));
  return [...new Set(paths.filter((path) => typeof path === 'string'))];
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
