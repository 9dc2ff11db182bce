import { z } from 'zod';
import { parseDocument } from 'yaml';

const texts = z.array(z.string());
/** Values reach AWS as text; YAML reads `14` and `true` as something else. */
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

const person = z.strictObject({
  agents: texts.default([]).describe('Agents that this person holds: what they may complete.'),
  roles: texts.default([]).describe('Roles of this person: what they may decide.'),
});

const environment = z.strictObject({
  region: z.string().describe('AWS region.'),
  protected: z.boolean().default(false).describe('Nothing in it is deleted to clean up after a failure.'),
  parameters: parameters.default({}).describe('Given to every stack whose template declares them.'),
});

const stack = z.union([
  z.string().describe('Path of the template within the phase folder.'),
  z.strictObject({
    template: z.string().describe('Path of the template within the phase folder.'),
    per: z.enum(['environment', 'account']).default('environment'),
    parameters: parameters.default({}),
    capabilities: texts.default([]).describe('Such as CAPABILITY_NAMED_IAM; none unless stated.'),
    tags: parameters.default({}),
  }),
]);

const input = z.strictObject({
  from: z.string().describe('A contributing agent; the task waits for an input message from a person who holds it.'),
  what: z.string().optional().describe('What is owed, for the board.'),
});

/** One step of a task: exactly one step kind beside these keys. */
const step = z.looseObject({
  covers: texts.optional().describe("Bullets of the task's lane, by a unique beginning."),
  environments: texts.optional().describe('Environments to act in; all unless stated.'),
});

const task = step.extend({
  needs: texts.optional().describe('Tasks to wait for besides those that its stacks and references imply: b1, 4.1/c1.'),
  inputs: z.array(input).optional(),
  steps: z.array(step).optional().describe('Several steps, one after the other.'),
});

const checkEntry = z.union([z.string(), z.record(z.string(), z.unknown())]);

const criterion = z.strictObject({
  check: z.union([checkEntry, z.array(checkEntry)]).optional().describe('A check, or several that must all pass.'),
  every: z.string().optional().describe('How often a check that does not pass looks again: 30s, 10m.'),
  approve: z.union([z.string(), z.literal(true)]).optional().describe('Role that approves, besides any check.'),
  orApprove: z.union([z.string(), z.literal(true)]).optional().describe('Role whose approval does instead of the check.'),
});

/** Criteria by number or by a unique beginning of their text. */
const gate = z.record(z.string(), criterion);

const milestone = z.strictObject({
  tasks: z.record(z.string(), task).optional().describe('By Gantt id.'),
  entry: gate.optional(),
  exit: gate.optional(),
  quality: gate.optional(),
});

/** The playbook's shape, less the step and check kinds, which are validated by the kinds themselves. */
export const playbookSchema = z.strictObject({
  people: z.record(z.string(), person).optional().describe('Absent: anyone may act.'),
  operators: texts.optional().describe('Roles that may retry, skip, waive, resubmit and recheck.'),
  environments: z.record(z.string(), environment).default({}),
  stacks: z.record(z.string(), stack).default({}),
  gates: z.strictObject({ entry: gate.optional(), completion: gate.optional() }).default({}),
  milestones: z.record(z.string(), milestone).default({}),
});

export type Playbook = z.output<typeof playbookSchema>;
export type PlaybookStack = z.output<typeof stack>;
export type PlaybookTask = z.output<typeof task>;
export type PlaybookStep = z.output<typeof step>;
export type PlaybookCriterion = z.output<typeof criterion>;

/** Keys that may stand beside a step kind. */
export const taskKeys: readonly string[] = Object.keys(task.shape);
export const stepKeys: readonly string[] = Object.keys(step.shape);

/** Keys of the playbook's fixed parts, by where they stand; `*` is any key. For suggestions. */
export const knownKeys: { readonly [path: string]: readonly string[] } = {
  '': Object.keys(playbookSchema.shape),
  'people.*': Object.keys(person.shape),
  'environments.*': Object.keys(environment.shape),
  'stacks.*': Object.keys(stack.options[1].shape),
  gates: ['entry', 'completion'],
  'gates.*.*': Object.keys(criterion.shape),
  'milestones.*': Object.keys(milestone.shape),
  'milestones.*.tasks.*.inputs.*': Object.keys(input.shape),
  'milestones.*.*.*': Object.keys(criterion.shape),
};

/** Paths of the templates that a playbook names, each once; empty for a text that is no playbook. */
export function templatePaths(text: string): string[] {
  let value: unknown;
  try {
    value = parseDocument(text).toJS();
  } catch {
    return [];
  }
  const stacks = isRecord(value) && isRecord(value['stacks']) ? Object.values(value['stacks']) : [];
  const paths = stacks.map((one) => (isRecord(one) ? one['template'] : one));
  return [...new Set(paths.filter((path) => typeof path === 'string'))];
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
