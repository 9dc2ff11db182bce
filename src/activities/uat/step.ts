import { z } from 'zod';
import { meantBy } from '../../base/match.ts';
import { counted } from '../../base/text.ts';
import type { StepDefinition } from '../../contract/kinds.ts';
import { severities } from '../../plan/severity.ts';
import { UAT } from './model.ts';

const name = z.string().min(1).max(200);

const entry = z.strictObject({
  cases: name.describe('File within the phase folder, in YAML: a list of cases with key, title and steps.'),
  environment: name.describe('Environment that the cases are tried in.'),
  who: name.describe('Role whose holders sign off.'),
  revision: name
    .optional()
    .describe(
      'Digest of the code that runs there, may be a reference. Default: what a suite has run against there last.',
    ),
  severity: z.enum(severities).optional().describe('Of the issues that declined cases open. Default high.'),
  component: name.optional().describe('Of these issues.'),
  agent: name.optional().describe('Agent that mends them.'),
});

type Entry = z.output<typeof entry>;

/** `uat: {cases: suites/uat.yaml, environment: testing, who: Product Owner}`: opens a session in which people sign off case by case. */
export const uatStep: StepDefinition<Entry> = {
  kind: UAT,
  summary: 'opens a session of user acceptance, in which people sign off case by case',
  entry,
  profile: 'work',
  coverage: 'people',
  expand(given, context) {
    const { environment } = given;
    const known = Object.keys(context.environments);
    if (!known.includes(environment)) {
      const at = ['environment'];
      context.problem(`there is no environment "${environment}"`, { at, ...meantBy(environment, known) });
    }
    const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return [{ name: environment, label: `session in ${environment}`, environment, hears: {}, input }];
  },
  async run(call, tools) {
    const { checkRoom, readCases, latestRevision, sessionOf } = await import('./session.ts');
    const { cases: path, revision: stated, ...given } = entry.parse(call.input);
    const cases = await readCases(tools.phaseDir, path);
    const slices = await tools.ask('slices');
    checkRoom(slices, given.environment);
    const revision = stated ?? latestRevision(slices, given.environment);
    const data = sessionOf({ ...given, revision, at: new Date().toISOString(), cases });
    return {
      facts: [{ topic: UAT, key: given.environment, data }],
      note: `${counted(cases.length, 'case')} for ${given.who} in ${given.environment}`,
    };
  },
};
