import { z } from 'zod';
import { ed25519Key, oidc, registeredPerson } from '../../identity/registry.ts';
import { calendarSchema } from '../../calendar/calendar.ts';
import { channelKeys, channelSchema } from '../channels.ts';
import { communicationKeys, communicationSchema } from './communication-schema.ts';
import { amendmentsSchema, criterionSchema, gateSchema, guardSchema, policySchema } from './gates-schema.ts';
import { environmentKeys, environmentShape, type PlaybookEnvironment, roleOrReference } from './environments.ts';
import type { Section } from '../section.ts';
import { readPlaybookYaml } from './yaml.ts';
import { isRecord } from '../../base/json.ts';

const texts = z.array(z.string());
/** These names become parts of CloudFormation stack names. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'a name is letters, digits and hyphens');

const person = z.strictObject({
  agents: texts.default([]).describe('Agents of this person, whose tasks they may complete.'),
  roles: texts.default([]).describe('Roles of this person, in which they may decide.'),
  keys: registeredPerson.shape.keys.unwrap().optional().describe("Public keys that verify this person's decisions."),
  subject: registeredPerson.shape.subject.describe("The person's subject in the provider's ID tokens."),
});

const workerKeys = z.array(ed25519Key).min(1);

const workers = z.strictObject({
  keys: workerKeys.describe('Public keys of the workers; answers count only with a signature by one of them.'),
});

const agent = z.strictObject({
  keys: workerKeys
    .optional()
    .describe("Public keys of the agent's own worker; answers from its task queue count only with them."),
  role: z
    .union([roleOrReference, z.record(name, roleOrReference)])
    .optional()
    .describe("Role that the agent's steps assume, or one for each environment; prevails over the environment's."),
  taskQueue: z
    .string()
    .regex(/^[\w.:-]{1,200}$/, 'a task queue is letters, digits and . : _ -')
    .optional()
    .describe(
      "Task queue for the steps of its tasks, polled by the agent's own worker; the phase worker's unless stated.",
    ),
});

const input = z.strictObject({
  from: z.string().describe('A contributing agent; the task waits for an input message from a person who holds it.'),
  what: z.string().optional().describe('The expected input, in words for the board.'),
});

const cover = z.union([
  z.string(),
  z.strictObject({
    bullet: z.string().describe("A bullet of the task's lane, by a unique beginning."),
    with: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Parameters that its stacks need to do all of it; without them, coverage reports it as done in part.'),
  }),
]);

/** One step of a task: these keys, and exactly one step kind. */
const step = z
  .looseObject({
    covers: z.array(cover).optional().describe("Bullets of the task's lane, by a unique beginning."),
    environments: texts.min(1).optional().describe('Environments to act in; all unless stated.'),
    rerun: z
      .boolean()
      .optional()
      .describe('True: every retry of the task runs this step and those after it again, even if they are done.'),
    skipIdle: z
      .boolean()
      .optional()
      .describe('True: the step is left out in a round of its task that has no work; see "rounds".'),
  })
  .meta({ id: 'step' });

const task = z
  .looseObject({
    ...step.shape,
    needs: texts
      .optional()
      .describe('Tasks to wait for, in addition to those that stacks and references imply: b1, 4.1/c1.'),
    inputs: z.array(input).optional().describe('Inputs from contributing agents that the task waits for.'),
    gate: guardSchema.optional().describe('A gate before the task; its keys are its criteria.'),
    reads: texts
      .min(1)
      .optional()
      .describe(
        'Documents of the phase folder that the person who does the task has to read; their digests are recorded.',
      ),
    delivers: texts
      .min(1)
      .optional()
      .describe(
        'Names of outputs that the message which completes the task must carry, such as the revision of the sources.',
      ),
    rounds: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'Its steps are carried out again and again, for as long as what is named here has work for it: {issues: {…}}.',
      ),
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

const next = z.strictObject({
  phase: name.describe('Folder of the phase that follows, in the phases directory.'),
  workflowId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Workflow id of the phase that follows; the name of its folder unless stated.'),
});

const gates = z.strictObject({ entry: gateSchema.optional(), completion: gateSchema.optional() });

/** The keys of every playbook, without those of sections. */
export const playbookBase = z.strictObject({
  people: z.record(z.string(), person).optional().describe('Absent: anyone may act.'),
  oidc: oidc.optional().describe('The provider whose ID tokens vouch for people.'),
  agents: z.record(z.string(), agent).default({}).describe('By full name.'),
  workers: workers
    .optional()
    .describe('Whose answers count. Absent: those that are signed with the key of the worker that starts the phase.'),
  operators: texts
    .optional()
    .describe('Roles that may retry, skip, waive, reject, resubmit, recheck, hold and release.'),
  calendars: z.record(z.string(), calendarSchema).default({}).describe('Working hours, by a name of your choice.'),
  channels: z.array(channelSchema).default([]).describe('Where notices of the gates go; read anew for each notice.'),
  communication: communicationSchema
    .optional()
    .describe('How the communication plan is carried out: standups, reviews, documents. Absent: its lines are prose.'),
  policy: policySchema.default({}).describe('Policy of all gates; the policy of a single gate prevails, key by key.'),
  amendments: amendmentsSchema
    .optional()
    .describe('Who approves an amendment of the running phase, and under which rules. Absent: operators.'),
  next: next.optional().describe('The phase that is started with the hand-over when this one has completed.'),
  gates: gates.default({}).describe("The phase's own gates."),
  milestones: z.record(z.string(), milestone).default({}).describe('By number.'),
});

export type Playbook = z.output<typeof playbookBase> & {
  readonly environments: { readonly [name: string]: PlaybookEnvironment };
  readonly [section: string]: unknown;
};

/** The shape of a playbook, without the values of step and check kinds, which the kinds validate. */
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

/** Keys of the parts of every playbook, by path; `*` stands for any key. */
const fixedKeys: { readonly [path: string]: readonly string[] } = {
  'people.*': Object.keys(person.shape),
  'agents.*': Object.keys(agent.shape),
  workers: Object.keys(workers.shape),
  gates: Object.keys(gates.shape),
  next: Object.keys(next.shape),
  'milestones.*': Object.keys(milestone.shape),
  'milestones.*.lanes.*': Object.keys(lane.shape),
  'milestones.*.tasks.*.inputs.*': Object.keys(input.shape),
  policy: policyKeys,
  amendments: Object.keys(amendmentsSchema.shape),
  'amendments.policy': Object.keys(amendmentsSchema.shape.policy.unwrap().shape),
  'channels.*': Object.keys(channelKeys),
  'channels.*.webhook': channelKeys.webhook,
  'channels.*.sns': channelKeys.sns,
  'channels.*.ses': channelKeys.ses,
  'channels.*.smtp': channelKeys.smtp,
  ...communicationKeys,
  'communication.audiences.*.*': Object.keys(channelKeys),
  'communication.audiences.*.*.webhook': channelKeys.webhook,
  'communication.audiences.*.*.sns': channelKeys.sns,
  'communication.audiences.*.*.ses': channelKeys.ses,
  'communication.audiences.*.*.smtp': channelKeys.smtp,
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

/** The keys that are known at a path, for suggestions; empty when any key is allowed. */
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

/** True when a path ends in a policy key that was written beside the criteria of a gate instead of under `policy`. */
export function isPolicyKey(path: readonly PropertyKey[]): boolean {
  const key = path.at(-1);
  // Tasks and lanes are as deep in the playbook as criteria.
  if (path.length === 4 && (path[2] === 'tasks' || path[2] === 'lanes')) return false;
  const beside = keysAt([...path.slice(0, -1), 'policy']);
  return typeof key === 'string' && Object.hasOwn(policySchema.shape, key) && beside === policyKeys;
}

/** Paths of the files that a playbook's sections and tasks name, each once. Empty for a text that is not a playbook. */
export function filesNamed(text: string, sections: readonly Section[]): string[] {
  const { value } = readPlaybookYaml(text);
  if (!isRecord(value)) return [];
  return [...new Set([...sections.flatMap((section) => section.files(value[section.key])), ...filesToRead(value)])];
}

/** Documents that tasks name under `reads`; any part of the playbook may have any shape. */
function filesToRead({ milestones }: { readonly [key: string]: unknown }): string[] {
  const of = (value: unknown) => (isRecord(value) ? Object.values(value) : []);
  const tasks = of(milestones).flatMap((milestone) => (isRecord(milestone) ? of(milestone['tasks']) : []));
  const read = tasks.map((task) => (isRecord(task) ? texts.safeParse(task['reads']).data : undefined));
  return read.flatMap((paths) => paths ?? []);
}
