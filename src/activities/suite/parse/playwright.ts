import { z } from 'zod';
import { PermanentError } from '../../../base/errors.ts';
import { type Json, type JsonObject } from '../../../base/json.ts';
import { Cases, firstLine } from './cases.ts';
import { JsonParser, shaped } from './json.ts';

const MOST_DEPTH = 64;

const failure = z.object({ message: z.string().optional(), stack: z.string().optional() });

const result = z.object({ status: z.string().optional(), duration: z.number().default(0), error: failure.optional() });

const test = z.object({
  projectName: z.string().default(''),
  status: z.string(),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })).default([]),
  results: z.array(result).default([]),
});

const spec = z.object({ title: z.string(), tags: z.array(z.string()).default([]), tests: z.array(test) });

/** One level of suites: those within it are read when their turn comes, so that deep nesting costs no stack. */
const suite = z.object({
  title: z.string(),
  specs: z.array(spec).default([]),
  suites: z.array(z.custom<JsonObject>()).default([]),
});

const report = z.object({ suites: z.array(z.custom<JsonObject>()), errors: z.array(failure).default([]) });

const states = { expected: 'passed', unexpected: 'failed', flaky: 'flaky', skipped: 'skipped' } as const;

/** Reads the report of Playwright's reporter `json`. */
export function playwrightParser(): JsonParser<z.output<typeof report>> {
  return new JsonParser(report, ({ suites, errors }) => {
    const [error] = errors;
    if (error !== undefined) {
      throw new PermanentError(`the run itself has failed: ${firstLine(error.message ?? '', 300)}`);
    }
    const cases = new Cases();
    const open: { readonly suite: Json; readonly path: readonly string[] }[] = toRead(suites, []);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.path.length >= MOST_DEPTH)
        throw new PermanentError(`its suites are nested more than ${MOST_DEPTH} deep`);
      const { title, specs, suites: within } = shaped(suite, next.suite);
      const path = [...next.path, title];
      for (const one of specs) addSpec(cases, path, one);
      open.push(...toRead(within, path));
    }
    return cases;
  });
}

/** In reverse, because the last is taken first. */
function toRead(suites: readonly JsonObject[], path: readonly string[]) {
  return suites.map((one) => ({ suite: one, path })).reverse();
}

function addSpec(cases: Cases, path: readonly string[], { title, tags, tests }: z.output<typeof spec>): void {
  if (tests.length === 0)
    throw new PermanentError(`its spec "${firstLine(title, 100)}" has no test, so it ran nothing`);
  for (const { projectName, status, annotations, results } of tests) {
    if (!Object.hasOwn(states, status))
      throw new PermanentError(`a test has the unknown status "${status.slice(0, 40)}"`);
    if (status !== 'skipped' && results.length === 0)
      throw new PermanentError(`its test "${firstLine(title, 100)}" is ${status}, and has no result: it ran nothing`);
    const error = results.find((one) => one.error !== undefined)?.error;
    cases.add({
      path: projectName === '' ? path : [projectName, ...path],
      name: title,
      state: states[status as keyof typeof states],
      ms: results.at(-1)?.duration,
      message: error?.message,
      stack: error?.stack,
      tags,
      criteria: annotations.flatMap(({ type, description = '' }) => (type === 'criterion' ? [description] : [])),
    });
  }
}
