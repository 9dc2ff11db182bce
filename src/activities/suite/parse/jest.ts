import { z } from 'zod';
import { PermanentError } from '../../../base/errors.ts';
import { counted, singleLine } from '../../../base/text.ts';
import { Cases, firstLine, type ReportedCase } from './cases.ts';
import { JsonParser } from './json.ts';

const assertion = z.object({
  ancestorTitles: z.array(z.string()).default([]),
  title: z.string(),
  status: z.string(),
  duration: z.number().nullish(),
  failureMessages: z.array(z.string()).nullish(),
  invocations: z.number().optional(),
});

const report = z.object({
  /** Test files that could not be run, or have failed outside of any test. Vitest does not write it. */
  numRuntimeErrorTestSuites: z.number().default(0),
  testResults: z.array(
    z.object({
      name: z.string().default(''),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(assertion),
    }),
  ),
});

/** Reads the report of Jest's `--json`, which Vitest writes as well. */
export function jestParser(): JsonParser<z.output<typeof report>> {
  return new JsonParser(report, ({ testResults, numRuntimeErrorTestSuites: errors }) => {
    const cases = new Cases();
    // Jest runs slow files first, so their order changes from run to run.
    for (const { name, status, message, assertionResults } of testResults.toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (status === 'failed' && !assertionResults.some((one) => one.status === 'failed')) {
        const file = name.slice(name.lastIndexOf('/') + 1);
        throw new PermanentError(
          `the test file ${file.slice(0, 100)} could not be run: ${firstLine(singleLine(message), 300)}`,
        );
      }
      for (const one of assertionResults) cases.add(caseOf(one));
    }
    if (errors > 0)
      throw new PermanentError(`Jest counts ${counted(errors, 'test file')} with an error outside of tests`);
    return cases;
  });
}

function caseOf(one: z.output<typeof assertion>): ReportedCase {
  const [message] = one.failureMessages ?? [];
  const isFlaky = one.status === 'passed' && (one.invocations ?? 1) > 1;
  const state = isFlaky ? 'flaky' : one.status === 'passed' || one.status === 'failed' ? one.status : 'skipped';
  return { path: one.ancestorTitles, name: one.title, state, ms: one.duration ?? 0, message, stack: message };
}
