import { isRecord } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import type { Section } from '../../plan/section.ts';
import { readCaseSet } from './case-set.ts';
import { USERS } from './fact.ts';
import { type GivenSuites, longSuite, type SuiteEntry, suitesShape } from './shape.ts';

/** The suites of a playbook, by name. */
export interface BoundSuites {
  readonly suites: { readonly [name: string]: SuiteEntry };
}

/** The section `suites` of a playbook: test programs, how their reports are read, and what their failures mean. */
export const suitesSection: Section<GivenSuites, BoundSuites> = {
  key: 'suites',
  noun: 'suite',
  shape: suitesShape,
  entryKeys: Object.keys(longSuite.shape),
  environment: {},
  files(value) {
    const suites = isRecord(value) ? Object.values(value) : [];
    return suites.flatMap((one) => (isRecord(one) && typeof one['cases'] === 'string' ? [one['cases']] : []));
  },
  bind(given, { files, problems }) {
    for (const [name, { cases }] of Object.entries(given)) {
      if (name === USERS) {
        problems.error(
          'suite-name',
          ['suites', name],
          `No suite can be called ${USERS}: cases of users stand under that name.`,
        );
      }
      const problem = cases === undefined ? undefined : caseSetProblem(cases, files[cases] ?? null);
      if (problem !== undefined) problems.error('suite-cases', ['suites', name, 'cases'], problem);
    }
    return { suites: given };
  },
  report({ suites }, tasks, { problems }) {
    if (tasks.some(({ incomplete }) => incomplete)) return;
    const run = new Set(
      tasks.flatMap(({ task }) => task.steps.filter(({ kind }) => kind === 'suite').map(({ input }) => input['suite'])),
    );
    for (const name of Object.keys(suites)) {
      if (!run.has(name)) problems.finding('suite-unused', ['suites', name], `No task runs suite ${name}.`);
    }
  },
  needs: () => [],
  // Results are facts, not outputs.
  outputs: () => undefined,
};

function caseSetProblem(path: string, text: string | null): string | undefined {
  if (text === null) return `${path} is missing, or lies outside of the folder.`;
  const read = readCaseSet(text);
  if ('cases' in read) return undefined;
  const { twice } = read;
  if (twice.length === 0) return `${path} names no case.`;
  return `${path} has ${counted(twice.length, 'case')} twice, such as "${twice[0] ?? ''}".`;
}
