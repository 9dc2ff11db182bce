/**
 * Runs the cases of a suite (tests/NAME) against the system that is deployed in one environment.
 *
 *     node NAME.mjs REGION ENVIRONMENT        writes $PHASEGATE_REPORT_DIR/report.xml (JUnit); without the variable, into this folder
 *     node NAME.mjs --list                    the keys of all cases, one a line: cases/NAME.txt holds them
 *
 * `$PHASEGATE_CASES` names a JSON list of keys; then only these run. Exit 0 when all have passed, 1 when one has failed, 2 when the suite
 * could not run: then there is no report.
 */
import '../app/tools/typescript.mjs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import Mocha from 'mocha';
import { systemVariables } from './stacks.mjs';

/** Every request has a limit of its own; a case makes several. */
const CASE_MS = 60_000;
const REACH_MS = 15_000;

/** The suite could not run. */
export class CannotRun extends Error {}

/** Runs a suite, and ends the process: a request that nobody waits for any more would hold it. */
export async function runSuite(name, run = (args) => mochaSuite(name, args)) {
  let code = 2;
  try {
    code = await run(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof CannotRun ? error.message : error);
  }
  process.exit(code);
}

async function mochaSuite(name, args) {
  if (args.includes('--list')) {
    console.log(
      keysOf(await loaded(name))
        .sort()
        .join('\n'),
    );
    return 0;
  }
  const { environment } = await reached(args);
  const report = reportFile('report.xml');
  const draft = `${report}.${process.pid}`;
  const mocha = await loaded(name, { reporter: Progress, reporterOptions: { output: draft, suiteName: name } });
  await select(mocha);
  const stats = await new Promise((done) => {
    const runner = mocha.run(() => done(runner.stats));
  });
  await cleanUp();
  if (stats.tests === 0) {
    await rm(draft, { force: true });
    throw new CannotRun(`${name}: no case ran`);
  }
  await rename(draft, report);
  console.log(`${name} in ${environment}: ${stats.passes} passed, ${stats.failures} failed`);
  return stats.failures === 0 ? 0 : 1;
}

/**
 * Finds the system that the arguments name, waits for its API to answer, and tells the cases by variables where it is.
 * @throws {CannotRun} when it cannot be found or reached
 */
export async function reached([region, environment]) {
  if (environment === undefined) throw new CannotRun('Say the region and the environment, such as eu-west-1 testing.');
  const variables = await systemVariables(region, environment).catch((error) => {
    throw new CannotRun(`The system in ${environment} cannot be found: ${error.message}`);
  });
  try {
    await fetch(`${variables.API_URL}/orders`, { signal: AbortSignal.timeout(REACH_MS) });
  } catch (error) {
    throw new CannotRun(`${variables.API_URL} cannot be reached: ${error.cause?.message ?? error.message}`, {
      cause: error,
    });
  }
  Object.assign(process.env, variables, { SUITE_ENVIRONMENT: environment });
  return { environment };
}

/** Where a report goes. */
export function reportFile(name) {
  return resolve(process.env.PHASEGATE_REPORT_DIR || '.', name);
}

/** The keys that `$PHASEGATE_CASES` asks for; `undefined` for all. */
export async function chosen(known) {
  const file = process.env.PHASEGATE_CASES || undefined;
  if (file === undefined) return undefined;
  const keys = JSON.parse(await readFile(file, 'utf8'));
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) throw new CannotRun(`${file} names a case that the suite does not have: ${unknown}`);
  return new Set(keys);
}

async function loaded(name, options = {}) {
  const mocha = new Mocha({ timeout: CASE_MS, forbidOnly: true, forbidPending: true, ...options });
  const folder = join(import.meta.dirname, 'tests', name);
  for (const file of (await readdir(folder)).sort()) mocha.addFile(join(folder, file));
  await mocha.loadFilesAsync();
  for (const test of testsOf(mocha)) test.file = relative(import.meta.dirname, test.file);
  const keys = keysOf(mocha);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new CannotRun(`${name} has two cases with the key ${twice}`);
  return mocha;
}

async function select(mocha) {
  const keys = await chosen(keysOf(mocha));
  if (keys === undefined) return;
  for (const suite of suitesOf(mocha.suite)) suite.tests = suite.tests.filter((test) => keys.has(keyOf(test)));
}

function keysOf(mocha) {
  return testsOf(mocha).map(keyOf);
}

function testsOf({ suite }) {
  return suitesOf(suite).flatMap(({ tests }) => tests);
}

function suitesOf(suite) {
  return [suite, ...suite.suites.flatMap(suitesOf)];
}

/** Class name and name, as Mocha's reporter writes them. */
function keyOf(test) {
  return `${test.parent.fullTitle()} › ${test.title}`;
}

/** JUnit, and a line of progress for each case. */
class Progress extends Mocha.reporters.XUnit {
  constructor(runner, options) {
    super(runner, options);
    runner.on('pass', (test) => console.error(`✔ ${keyOf(test)} (${test.duration} ms)`));
    runner.on('fail', (test, error) => console.error(`✘ ${keyOf(test)}: ${error.message}`));
  }
}

/** What is left behind changes no result. */
export async function cleanUp() {
  const { removePeople } = await import('../app/test/support/people.ts');
  await removePeople().catch((error) => console.error(`people of this run are left behind: ${error.message}`));
}
