/**
 * Runs the scenarios in features/ against the system that is deployed in one environment, as program.mjs says. The report has Cucumber's
 * messages: report.ndjson. Keys of cases are the file, the scenario's name, and the values of its row where it has examples.
 */
import { loadConfiguration, loadSources, runCucumber } from '@cucumber/cucumber/api';
import { readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotRun, chosen, cleanUp, reached, reportFile, runSuite } from './program.mjs';

const SUITE = 'acceptance';
const environment = { cwd: import.meta.dirname };

await runSuite(SUITE, async (args) => {
  const scenarios = await planned();
  const known = scenarios.map(({ key }) => key);
  if (args.includes('--list')) {
    console.log(known.toSorted().join('\n'));
    return 0;
  }
  const system = await reached(args);
  const keys = await chosen(known);
  const paths = scenarios.filter(({ key }) => keys?.has(key) ?? true).map(({ place }) => place);
  if (paths.length === 0) throw new CannotRun(`${SUITE}: no scenario is chosen`);
  const report = reportFile('report.ndjson');
  const draft = `${report}.${process.pid}`;
  const counts = await run(paths, draft, scenarios);
  await cleanUp();
  if (counts.passed + counts.failed === 0) {
    await rm(draft, { force: true });
    throw new CannotRun(`${SUITE}: no scenario ran`);
  }
  await rename(draft, report);
  console.log(`${SUITE} in ${system.environment}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
});

/** All scenarios, those of outlines once for each row. */
async function planned() {
  const { runConfiguration } = await configuration(['features/*.feature'], []);
  const { plan, errors } = await loadSources(runConfiguration.sources, environment);
  if (errors.length > 0) throw new CannotRun(errors.map(({ uri, message }) => `${uri}: ${message}`).join('; '));
  return plan.map(({ name, uri, location }) => {
    const values = rowOf(uri, location.line);
    return { key: [uri, name, ...values].join(' › '), place: `${uri}:${location.line}` };
  });
}

/** The values of the row of examples that stands in this line; none when it is a scenario of its own. */
function rowOf(uri, line) {
  const lines = readFileSync(join(import.meta.dirname, uri), 'utf8').split('\n');
  const text = lines[line - 1].trim();
  if (!text.startsWith('|')) return [];
  const cells = text.slice(1, -1).split('|');
  return [cells.map((cell) => cell.trim()).join(' | ')];
}

/** Runs the scenarios that begin at these places, with a line of progress for each. */
async function run(paths, draft, scenarios) {
  const { runConfiguration } = await configuration(paths, ['summary', `message:${draft}`]);
  const counts = { passed: 0, failed: 0 };
  /** By the ids that messages give them. */
  const [places, tries] = [new Map(), new Map()];
  const heard = {
    pickle: ({ id, uri, location }) => places.set(id, `${uri}:${location.line}`),
    testCase: ({ id, pickleId }) => places.set(id, places.get(pickleId)),
    testCaseStarted: ({ id, testCaseId }) => tries.set(id, { place: places.get(testCaseId) }),
    testStepFinished({ testCaseStartedId, testStepResult: { status, message } }) {
      if (status !== 'PASSED') tries.get(testCaseStartedId).failure ??= message ?? status;
    },
    testCaseFinished({ testCaseStartedId }) {
      const { place, failure } = tries.get(testCaseStartedId);
      const { key } = scenarios.find((one) => one.place === place);
      counts[failure === undefined ? 'passed' : 'failed'] += 1;
      console.error(failure === undefined ? `✔ ${key}` : `✘ ${key}: ${failure.split('\n')[0]}`);
    },
  };
  await runCucumber(runConfiguration, environment, (message) => {
    for (const [kind, content] of Object.entries(message)) heard[kind]?.(content);
  });
  return counts;
}

async function configuration(paths, format) {
  const provided = {
    paths,
    format,
    import: ['tests/acceptance/*.mjs'],
    publish: false,
    strict: true,
    order: 'defined',
  };
  return loadConfiguration({ file: false, provided }, environment);
}
