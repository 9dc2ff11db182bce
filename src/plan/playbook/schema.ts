import { z } from 'zod';
import { oidc, registeredPerson } from '../../identity/registry.ts';
import { calendarSchema } from '../../calendar/calendar.ts';
import { channelKeys, channelSchema } from '../channels.ts';
import { criterionSchema, gateSchema, guardSchema, policySchema } from './gates-schema.ts';
import { environmentKeys, environmentShape, type PlaybookEnvironment, roleArn } from './environments.ts';
import type { Section } from '../section.ts';
import { readPlaybookYaml } from './yaml.ts';
import { isRecord } from '../../base/json.ts';

const texts = z.array(z.string());
/** These names become parts of CloudFormation stack names. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'a name is letters, digits and hyphens');

const person = z.strictObject({
  agents: texts.default([]).describe('Agents that this person holds: what they may complete.'),
  roles: texts.default([]).describe('Roles of this person: what they may decide.'),
  keys: registeredPerson.shape.keys.unwrap().optional().describe('Public keys that they sign decisions with.'),
  subject: registeredPerson.shape.subject.describe("What the provider's ID tokens call them."),
});

const agent = z.strictObject({
  role: z
    .union([roleArn, z.record(name, roleArn)])
    .optional()
    .describe("Role that the agent's steps assume, or one for each environment; prevails over the environment's."),
  taskQueue: z
    .string()
    .regex(/^[\w.:-]{1,200}$/, 'a task queue is letters, digits and . : _ -')
    .optional()
    .describe('Task queue that the steps of its tasks run on: a process of its own; the phase worker unless stated.'),
});

const input = z.strictObject({
  from: z.string().describe('A contributing agent; the task waits for an input message from a person who holds it.'),
  what: z.string().optional().describe('What is owed, for the board.'),
});

const cover = z.union([
  z.string(),
  z.strictObject({
    bullet: z.string().describe("A bullet of the task's lane, by a unique beginning."),
    with: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Parameters with which its stacks do all of it; coverage tells where they do a part only.'),
  }),
]);

/** One step of a task: exactly one step kind beside these keys. */
const step = z
  .looseObject({
    covers: z.array(cover).optional().describe("Bullets of the task's lane, by a unique beginning."),
    environments: texts.min(1).optional().describe('Environments to act in; all unless stated.'),
  })
  .meta({ id: 'step' });

const task = z
  .looseObject({
    ...step.shape,
    needs: texts.optional().describe('Tasks to wait for besides those that stacks and references imply: b1, 4.1/c1.'),
    inputs: z.array(input).optional().describe('What contributing agents owe the task before it starts.'),
    gate: guardSchema.optional().describe('A gate before the task; its keys are its criteria.'),
    steps: z.array(step).min(1).optional().describe('Several steps, one after the other.'),
  })
  .meta({ id: 'task' });

const lane = z.strictObject({
  gate: guardSchema.optional().describe('A gate before every task of the lane; its keys are its criteria.'),
});

const milestone = z.strictObject({
  tasks: z.record(z.string(), task).optional().describe('By Gantt id.'),
  lanes: z.record(z.string(), lane).optional().describe("By number or by a unique beginning of the section's title."),
  entry: gateSchema.optional(),
  exit: gateSchema.optional(),
  quality: gateSchema.optional(),
});

const gates = z.strictObject({ entry: gateSchema.optional(), completion: gateSchema.optional() });

/** What every playbook may hold, whichever sections there are. */
export const playbookBase = z.strictObject({
  people: z.record(z.string(), person).optional().describe('Absent: anyone may act.'),
  oidc: oidc.optional().describe('The provider whose ID tokens vouch for people.'),
  agents: z.record(z.string(), agent).default({}).describe('By full name.'),
  operators: texts
    .optional()
    .describe('Roles that may retry, skip, waive, reject, resubmit, recheck, hold and release.'),
  calendars: z.record(z.string(), calendarSchema).default({}).describe('Working hours, by a name of your choice.'),
  channels: z.array(channelSchema).default([]).describe('Where notices of the gates go; read anew for each notice.'),
  policy: policySchema
    .default({})
    .describe('Holds for every gate; what a gate states of its own prevails, key by key.'),
  gates: gates.default({}).describe("The phase's own gates."),
  milestones: z.record(z.string(), milestone).default({}).describe('By number.'),
});

export type Playbook = z.output<typeof playbookBase> & {
  readonly environments: { readonly [name: string]: PlaybookEnvironment };
  readonly [section: string]: unknown;
};

/** The playbook's shape, less the step and check kinds, whose values the kinds themselves validate. */
export function playbookShape(sections: readonly Section[]): z.ZodType<Playbook> {
  const shape = z.strictObject({
    ...playbookBase.shape,
    environments: z.record(name, environmentShape(sections)).default({}),
    ...Object.fromEntries(sections.map((section) => [section.key, section.shape])),
  });
  return shape as z.ZodType as z.ZodType<Playbook>;
}

export type PlaybookMilestone = z.output<typeof milestone>;
export type PlaybookTask = z.output<typeof task>;
export type PlaybookStep = z.output<typeof step>;

/** Keys that may stand beside a step kind. */
export const taskKeys: readonly string[] = Object.keys(task.shape);
export const stepKeys: readonly string[] = Object.keys(step.shape);

const policyKeys = Object.keys(policySchema.shape);

/** Keys of the parts that every playbook may hold, by where they stand; `*` is any key. */
const fixedKeys: { readonly [path: string]: readonly string[] } = {
  'people.*': Object.keys(person.shape),
  'agents.*': Object.keys(agent.shape),
  gates: Object.keys(gates.shape),
  'milestones.*': Object.keys(milestone.shape),
  'milestones.*.lanes.*': Object.keys(lane.shape),
  'milestones.*.tasks.*.inputs.*': Object.keys(input.shape),
  policy: policyKeys,
  'channels.*': Object.keys(channelKeys),
  'channels.*.webhook': channelKeys.webhook,
  'channels.*.sns': channelKeys.sns,
  'calendars.*': Object.keys(calendarSchema.shape),
  oidc: Object.keys(oidc.shape),
  'gates.*.policy': policyKeys,
  'milestones.*.tasks.*.gate.policy': policyKeys,
  'milestones.*.tasks.*.gate.*': Object.keys(criterionSchema.shape),
  'milestones.*.lanes.*.gate.policy': policyKeys,
  'milestones.*.lanes.*.gate.*': Object.keys(criterionSchema.shape),
  'gates.*.*': Object.keys(criterionSchema.shape),
  'milestones.*.*.policy': policyKeys,
  'milestones.*.*.*': Object.keys(criterionSchema.shape),
};

/** What may stand at a path, for suggestions; nothing where any key may. */
export function keysAt(path: readonly PropertyKey[], sections: readonly Section[] = []): readonly string[] {
  const ofSections = sections.map(({ key, entryKeys }) => [`${key}.*`, entryKeys] as const);
  const all: (readonly [string, readonly string[]])[] = [
    ['', [...Object.keys(playbookBase.shape), 'environments', ...sections.map(({ key }) => key)]],
    ['environments.*', environmentKeys(sections)],
    ...ofSections,
    ...Object.entries(fixedKeys),
  ];
  const found = all.find(([pattern]) => {
    const parts = pattern === '' ? [] : pattern.split('.');
    return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]);
  });
  return found?.[1] ?? [];
}

/** Whether a path leads to what would be a key of a gate's policy, had it not been written beside the criteria. */
export function isPolicyKey(path: readonly PropertyKey[]): boolean {
  const key = path.at(-1);
  // Tasks and lanes lie as deep as criteria do.
  if (path.length === 4 && (path[2] === 'tasks' || path[2] === 'lanes')) return false;
  const beside = keysAt([...path.slice(0, -1), 'policy']);
  return typeof key === 'string' && Object.hasOwn(policySchema.shape, key) && beside === policyKeys;
}

/** Paths of the files that a playbook's sections name, each once; empty for a text that is no playbook. */
export function filesNamed(text: string, sections: readonly Section[]): string[] {
  const { value } = readPlaybookYaml(text);
  if (!isRecord(value)) return [];
  return [...new Set(sections.flatMap((section) => section.files(value[section.key])))];
}
