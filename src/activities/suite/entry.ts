import { z } from 'zod';
import { type JsonObject, own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { BindContext } from '../../plan/kinds.ts';
import type { Environment } from '../../plan/section.ts';
import { suitesSection } from './section.ts';
import { type Format, reportFiles, severity, type SuiteEntry } from './shape.ts';

/** Names of suites, or all of them; and where. */
export const chosenSuites = {
  suites: z
    .union([z.literal('all'), z.array(z.string()).min(1, 'names of suites')], { error: 'names of suites, or all' })
    .describe('Names of suites, or all.'),
  environments: z.array(z.string()).min(1, 'names of environments').optional().describe('All unless stated.'),
};

interface Chosen {
  readonly suites: 'all' | readonly string[];
  readonly environments?: readonly string[] | undefined;
}

/** A suite in an environment. */
export interface PlacedSuite {
  readonly name: string;
  readonly entry: SuiteEntry;
  readonly environment: string;
  readonly around: Environment;
}

/** The suites that an entry chooses, in each of its environments. Reports names that do not exist. */
export function placedSuites({ suites, environments }: Chosen, context: BindContext): PlacedSuite[] {
  const known = context.bound(suitesSection).suites;
  const names = suites === 'all' ? Object.keys(known) : suites;
  if (names.length === 0) context.problem('the playbook has no suites', { suggestion: 'Add "suites:".' });
  for (const [index, name] of names.entries()) {
    if (Object.hasOwn(known, name)) continue;
    context.problem(`there is no suite "${name}"`, { at: ['suites', index], ...meantBy(name, Object.keys(known)) });
  }
  const places = Object.keys(context.environments);
  for (const [index, name] of (environments ?? []).entries()) {
    if (places.includes(name)) continue;
    context.problem(`there is no environment "${name}"`, { at: ['environments', index], ...meantBy(name, places) });
  }
  if (places.length === 0) {
    context.problem('the playbook has no environments to test', { suggestion: 'Add "environments:".' });
  }
  return Object.entries(context.environments)
    .filter(([environment]) => environments === undefined || environments.includes(environment))
    .flatMap(([environment, around]) =>
      [...new Set(names)].flatMap((name) => {
        const entry = own(known, name);
        return entry === undefined ? [] : [{ name, entry, environment, around }];
      }),
    );
}

/** What is tested, as the input of an activity says it. */
export const revisionInput = z.union([
  z.object({ text: z.string() }),
  z.object({
    functions: z.array(
      z.object({
        /** As the playbook has it, so that the revision is the same in each environment. */
        written: z.string(),
        functionName: z.string(),
        alias: z.string(),
      }),
    ),
  }),
]);

export type RevisionInput = z.output<typeof revisionInput>;

/** A suite in an environment, as the input of an activity says it. */
export const suitePlace = z.object({
  suite: z.string(),
  environment: z.string(),
  region: z.string(),
  /** ARN of the role to assume there. Absent: the worker's own credentials. */
  role: z.string().optional(),
  revision: revisionInput.optional(),
  /** Path of the case set within the phase folder. */
  cases: z.string().optional(),
  flaky: z.enum(['fail', 'warn', 'pass']),
});

export type SuitePlace = z.output<typeof suitePlace>;

/** A suite in an environment as plain JSON, without keys that are not set. */
export function placeOf({ name, entry, environment, around }: PlacedSuite): JsonObject {
  const { revision, cases, flaky } = entry;
  return {
    suite: name,
    environment,
    region: around.region,
    ...(around.role === undefined ? {} : { role: around.role }),
    ...(revision === undefined ? {} : { revision: revisionOf(revision, environment) }),
    ...(cases === undefined ? {} : { cases }),
    flaky,
  };
}

function revisionOf(revision: NonNullable<SuiteEntry['revision']>, environment: string): JsonObject {
  if (typeof revision === 'string') return { text: revision.replaceAll('{environment}', environment) };
  const functions = revision.functions.map((written) => {
    const [functionName = '', alias = ''] = written.replaceAll('{environment}', environment).split(':');
    return { written, functionName, alias };
  });
  return { functions };
}

/** `suite: component`, or with keys of its own. */
export const suiteStepEntry = z.union(
  [
    z.string(),
    z.strictObject({
      ...chosenSuites,
      only: z
        .literal('failing', { error: 'failing' })
        .optional()
        .describe("failing: in a round of the task, only the suites that the round's issues are of."),
      parallel: z
        .boolean()
        .optional()
        .describe('True: the suites of one environment run at the same time, not one after the other.'),
    }),
  ],
  { error: 'the name of a suite, or {suites: [...], environments: [...]}' },
);

export type SuiteStepEntry = z.output<typeof suiteStepEntry>;

/** Input of a `step.suite` activity. References have been resolved. */
export const suiteStepInput = suitePlace.extend({
  run: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  timeoutMs: z.number(),
  format: z.enum(Object.keys(reportFiles) as [Format, ...Format[]]),
  report: z.string(),
  component: z.string(),
  agent: z.string().optional(),
  severity,
  reruns: z.number(),
  selects: z.boolean(),
  only: z.literal('failing').optional(),
  /** Most bytes of the fact. */
  factBytes: z.number(),
});

export type SuiteStepInput = z.output<typeof suiteStepInput>;
