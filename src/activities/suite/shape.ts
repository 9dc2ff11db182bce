import { z } from 'zod';
import { length } from '../../plan/playbook/gates-schema.ts';
import { severities } from '../../plan/severity.ts';

/** A name becomes a part of the id of a step, and of the key of a fact. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/, 'a name is letters, digits and hyphens');

/** Formats of reports that are read, and the file that each is expected in. */
export const reportFiles = {
  junit: 'report.xml',
  tap: 'report.tap',
  mocha: 'report.json',
  jest: 'report.json',
  playwright: 'report.json',
  cucumber: 'report.ndjson',
} as const;

export type Format = keyof typeof reportFiles;

/** How bad a failing case is. */
export const severity = z.enum(severities);

const alias = z
  .string()
  .regex(/^[\w{}-]+:[\w-]+$/, 'a function and its alias, as orders:live; the name may hold {environment}');

const MOST_RERUNS = 3;
const RERUNS = `a whole number from 0 to ${MOST_RERUNS}`;

/** A suite: a test program and what its results mean. */
export const longSuite = z
  .strictObject({
    run: z
      .array(z.string())
      .min(1, 'a program and its arguments')
      .describe('Program and arguments; {environment} and {reports} are filled in.'),
    format: z.enum(Object.keys(reportFiles) as [Format, ...Format[]]).describe('Format of the report.'),
    report: z
      .string()
      .regex(/^(?!\.\.?$)[^/\\\0]{1,200}$/, 'the name of a file, without a folder')
      .optional()
      .describe('File that it writes into $PHASEGATE_REPORT_DIR; by default, the one of the format.'),
    cases: z
      .string()
      .optional()
      .describe('File within the phase folder with one case key a line: the cases that the suite has to run.'),
    env: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'the name of an environment variable'), z.string())
      .default({})
      .describe('Environment variables; {environment} and {reports} are filled in.'),
    timeout: length.default(15 * 60).describe('After that time the program is ended: 90s, 10m. Default: 15m.'),
    component: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .describe('Component that failing cases are about. Default: the name.'),
    agent: z
      .string()
      .min(1)
      .max(80)
      .optional()
      .describe('Agent that is responsible for failing cases. Default: the agent of the task.'),
    severity: severity.default('high').describe('How bad a failing case is.'),
    reruns: z
      .number({ error: RERUNS })
      .int(RERUNS)
      .min(0, RERUNS)
      .max(MOST_RERUNS, RERUNS)
      .default(0)
      .describe('How often failing cases are run again. Needs "selects".'),
    selects: z
      .boolean()
      .default(false)
      .describe('True: the program runs only the cases in the JSON list in the file $PHASEGATE_CASES, if that is set.'),
    flaky: z
      .enum(['fail', 'warn', 'pass'])
      .default('warn')
      .describe('What a case counts as that has failed and then passed on the same revision.'),
    revision: z
      .union(
        [
          z.string().min(1).max(200),
          z.strictObject({
            functions: z
              .array(alias)
              .min(1, 'at least one function')
              .max(50, 'at most 50 functions')
              .describe('Functions by FUNCTION:ALIAS, whose code is the revision.'),
          }),
        ],
        { error: 'a text, or {functions: ["orders-{environment}:live"]}' },
      )
      .optional()
      .describe('What is tested: a text, or the code that aliases of Lambda functions run.'),
  })
  .superRefine(({ reruns, selects }, context) => {
    if (reruns === 0 || selects) return;
    const message = 'failing cases can be run again only by a program that selects cases; add "selects: true"';
    context.addIssue({ code: 'custom', path: ['reruns'], message });
  });

/** The suites of a playbook, by name. */
export const suitesShape = z.record(name, longSuite).default({});

export type GivenSuites = z.output<typeof suitesShape>;
export type SuiteEntry = z.output<typeof longSuite>;
