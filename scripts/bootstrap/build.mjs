import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BUNDLES } from './commands.mjs';
import { capture } from './run.mjs';
import { inRoot, root, say, UserError } from './root.mjs';

const SOURCES = ['src', 'scripts/build-bundle.ts', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const STAMP = inRoot('dist', '.sources');

/** Compiles src/ into dist/ and bundles the workflows. */
export async function build() {
  const sources = digest();
  say('building …');
  for (const path of builtFiles()) rmSync(path, { recursive: true, force: true });
  await orFail('type check', inRoot('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  await orFail('workflow bundle', '--import', 'tsx', inRoot('scripts', 'build-bundle.ts'));
  // Written last: an interrupted build is built again.
  writeFileSync(STAMP, sources);
}

/** Everything in dist/ but the bundles of the commands, one of which may be what asks for this build. */
function builtFiles() {
  const dist = inRoot('dist');
  if (!existsSync(dist)) return [];
  return readdirSync(dist)
    .map((name) => join(dist, name))
    .filter((path) => path !== BUNDLES);
}

/** Builds unless dist/ was made from the sources as they are. */
export async function buildIfChanged() {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest()) return;
  await build();
}

/** @param {string} what @param {...string} args */
async function orFail(what, ...args) {
  const { code, output } = await capture(process.execPath, args);
  if (code !== 0) throw new UserError(`${output.trimEnd()}\n\nThe build failed (${what}); the reason is above.`);
}

function digest() {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap((path) => files(inRoot(path)))) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} path @returns {string[]} the file itself, or every file below the folder, in a stable order */
function files(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => files(join(path, name)));
}
