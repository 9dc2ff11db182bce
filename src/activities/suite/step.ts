import type { JsonObject } from '../../base/json.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { StepDefinition } from '../../contract/kinds.ts';
import type { StepDraft } from '../../plan/kinds.ts';
import {
  type PlacedSuite,
  placedSuites,
  placeOf,
  type SuiteStepEntry,
  suiteStepEntry,
  suiteStepInput,
} from './entry.ts';
import { reportFiles } from './shape.ts';

/** Bytes of all facts of one entry together: a task may have several entries, and its facts at most 250,000. */
const FACTS_BYTES = 200_000;
const FACT_BYTES = 120_000;

/**
 * `suite: component`, or `suite: {suites: [component, api], environments: [testing]}`: runs test programs, stores what they report and
 * tells the phase. It is done when the program has run as it should, also when cases have failed.
 */
export const suiteStep: StepDefinition<SuiteStepEntry> = {
  kind: 'suite',
  summary: 'suites of the playbook, run in each environment; failing cases are findings and do not block the task',
  entry: suiteStepEntry,
  profile: 'program',
  coverage: 'automated',
  expand(entry, context) {
    const { only, parallel = false, ...chosen } = typeof entry === 'string' ? { suites: [entry] } : { ...entry };
    const placed = placedSuites(chosen, {
      ...context,
      problem: (message, options) => {
        // The short form has no keys.
        context.problem(message, typeof entry === 'string' ? { ...options, at: [] } : options);
      },
    });
    const factBytes = Math.min(FACT_BYTES, Math.floor(FACTS_BYTES / Math.max(1, placed.length)));
    return placed.map((one, index): StepDraft => {
      const before = placed[index - 1];
      const waits = !parallel && before?.environment === one.environment;
      return {
        name: nameOf(one),
        label: `${one.name} in ${one.environment}`,
        environment: one.environment,
        ...(waits ? { needs: [nameOf(before)] } : {}),
        hears: { suites: true, issues: { suite: one.name, environment: one.environment } },
        input: { ...inputOf(one), factBytes, ...(only === undefined ? {} : { only }) },
      };
    });
  },
  async run(call, tools) {
    const { SuiteRun } = await import('./run.ts');
    const input = suiteStepInput.parse(call.input);
    const { suite, environment } = input;
    return keepBeating(tools, { suite, environment }, (show) => new SuiteRun(input, call, tools, show).run());
  },
};

function nameOf({ name, environment }: PlacedSuite): string {
  return `${name}/${environment}`;
}

function inputOf(placed: PlacedSuite): JsonObject {
  const { entry, name } = placed;
  const { run, env, timeout, format, report = reportFiles[format], component = name, agent } = entry;
  const { severity, reruns, selects } = entry;
  return {
    ...placeOf(placed),
    ...{ run, env, timeoutMs: timeout * 1000, format, report, component, severity, reruns, selects },
    ...(agent === undefined ? {} : { agent }),
  };
}
