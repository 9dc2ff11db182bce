/** A copy of the application in which a fix is made and tested before it is installed. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { lastLines } from './packages.mjs';
import { LEFT_OUT } from './sources.mjs';

const run = promisify(execFile);
const TESTS_MS = 300_000;

/** Where a fix may change something. Packages, pipelines and templates are for people. */
const OPEN = ['src/', 'test/'];

/**
 * Runs the unit tests of a copy.
 * @returns {Promise<{ cases: string[], failed: string[] }>} full titles
 * @throws {Error} when they do not run
 */
export async function unitTests(copy) {
  const output = join(copy, 'reports', 'mend.json');
  const mocha = join(copy, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const args = [mocha, '--reporter', 'json', '--reporter-option', `output=${output}`, 'test/unit/**/*.test.ts'];
  const options = { cwd: copy, timeout: TESTS_MS, maxBuffer: 64 * 1024 * 1024 };
  await mkdir(dirname(output), { recursive: true });
  const said = await run(process.execPath, args, options).catch((error) => error);
  const report = await readFile(output, 'utf8').catch(() => {
    throw new Error(`the unit tests do not run: ${lastLines(said.stderr || said.stdout || said.message)}`);
  });
  const { tests, failures } = JSON.parse(report);
  return { cases: tests.map(({ fullTitle }) => fullTitle), failed: failures.map(({ fullTitle }) => fullTitle) };
}

/**
 * Files that are new or different in the copy, tests first: what runs is installed last.
 * @throws {Error} when a file is missing, or one has changed that a fix may not change
 */
export async function changesOf(copy, app) {
  const [before, after] = [await filesOf(app), await filesOf(copy)];
  const missing = before.find((path) => !after.includes(path));
  if (missing !== undefined) throw new Error(`the fix removes ${missing}; that is for people`);
  const changed = [];
  for (const path of after) {
    if (before.includes(path) && (await isSame(join(app, path), join(copy, path)))) continue;
    if (!OPEN.some((folder) => path.startsWith(folder))) throw new Error(`the fix changes ${path}; that is for people`);
    changed.push(path);
  }
  return changed.sort((a, b) => Number(a.startsWith('src/')) - Number(b.startsWith('src/')) || a.localeCompare(b));
}

/** Puts files of the copy in the place of the application's, each at once and whole. */
export async function install(changes, copy, app) {
  for (const path of changes) {
    const target = join(app, path);
    const draft = `${target}.draft`;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(copy, path), draft);
    await rename(draft, target);
  }
}

/** What counts: no packages, reports or hidden files. */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.draft'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !LEFT_OUT.has(path.split('/')[0]) && !path.startsWith('.git/'));
}

async function isSame(one, other) {
  return (await readFile(one)).equals(await readFile(other));
}
