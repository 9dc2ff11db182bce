import { z } from 'zod';
import { PermanentError } from '../../../base/errors.ts';
import { Cases, type ReportedCase } from './cases.ts';
import { JsonParser } from './json.ts';

const test = z.object({
  title: z.string(),
  fullTitle: z.string(),
  /** Absent for a test that has not run. */
  duration: z.number().optional(),
  currentRetry: z.number().default(0),
  err: z.object({ message: z.string().optional(), stack: z.string().optional() }).default({}),
});

const report = z.object({
  stats: z.object({ passes: z.number(), failures: z.number() }),
  tests: z.array(test),
  failures: z.array(test),
  passes: z.array(test),
});

type Test = z.output<typeof test>;

/** Reads the report of mocha's reporter `json`. */
export function mochaParser(): JsonParser<z.output<typeof report>> {
  return new JsonParser(report, ({ stats, tests, failures, passes }) => {
    if (stats.passes !== passes.length || stats.failures !== failures.length) {
      throw new PermanentError('its counts are not those of its tests');
    }
    const cases = new Cases();
    const failed = new Set(failures.map(({ fullTitle }) => fullTitle));
    for (const one of tests) cases.add(caseOf(one, failed));
    // Hooks are no tests, but they fail.
    const known = new Set(tests.map(({ fullTitle }) => fullTitle));
    for (const hook of failures) if (!known.has(hook.fullTitle)) cases.add(caseOf(hook, failed));
    return cases;
  });
}

function caseOf({ title, fullTitle, duration, currentRetry, err }: Test, failed: ReadonlySet<string>): ReportedCase {
  const isFailed = (err.message ?? err.stack) !== undefined || failed.has(fullTitle);
  const state = isFailed ? 'failed' : duration === undefined ? 'skipped' : currentRetry > 0 ? 'flaky' : 'passed';
  const around = fullTitle.endsWith(title) ? fullTitle.slice(0, fullTitle.length - title.length).trim() : '';
  return {
    path: around === '' ? [] : [around],
    name: title,
    state,
    ms: duration,
    message: err.message,
    stack: err.stack,
  };
}
