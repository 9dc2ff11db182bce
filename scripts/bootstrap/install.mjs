import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { capture } from './run.mjs';
import { inRoot, say, UserError } from './root.mjs';

const MINIMUM = [20, 19];

/**
 * @param {string} version as in `process.versions.node`
 * @throws {UserError} when it is older than what package.json asks for
 */
export function checkNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  throw new UserError(
    `phasegate needs Node ${MINIMUM.join('.')} or newer; this is ${version}.\n` +
      `Install a current release from https://nodejs.org or with your version manager, for example: nvm install 22`,
  );
}

/** Runs `npm ci` unless node_modules already holds what the lock file asks for. */
export async function installPackages() {
  if (installed(readPackages('package-lock.json'), readPackages('node_modules/.package-lock.json'))) return;
  say('installing npm packages …');
  // Under `npm run` this names the npm that is already at work; a global one may be another version or missing.
  const npm = process.env.npm_execpath;
  // The project's .npmrc silences npm, and here its reason is needed when it fails.
  const ci = ['ci', '--loglevel=notice'];
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, ...ci]] : ['npm', ci];
  const { code, output } = await capture(command, args);
  if (code !== 0) throw new UserError(`${output.trimEnd()}\n\nnpm ci failed (exit ${code}); the reason is above.`);
  removeOtherPlatforms();
}

/** Temporal's package holds its native library for five platforms, and the library's sources: 150 MB. This machine needs one library. */
function removeOtherPlatforms() {
  const bridge = inRoot('node_modules', '@temporalio', 'core-bridge');
  const releases = join(bridge, 'releases');
  const processor = { x64: 'x86_64', arm64: 'aarch64' }[arch()];
  const system = { darwin: 'apple-darwin', linux: 'unknown-linux-gnu', win32: 'pc-windows-msvc' }[platform()];
  const own = `${processor}-${system}`;
  if (!existsSync(join(releases, own))) return;
  for (const other of readdirSync(releases).filter((name) => name !== own)) {
    rmSync(join(releases, other), { recursive: true });
  }
  rmSync(join(bridge, 'sdk-core'), { recursive: true, force: true });
}

/**
 * Compares the lock file with npm's own record of what it installed last.
 * Optional packages are left out: most of them are for other platforms.
 * @param {Record<string, {version?: string, integrity?: string, optional?: boolean}> | undefined} wanted
 * @param {Record<string, {version?: string, integrity?: string}> | undefined} present
 */
export function installed(wanted, present) {
  if (!wanted || !present) return false;
  const missing = Object.entries(wanted).filter(
    ([path, entry]) => path !== '' && !entry.optional && present[path]?.integrity !== entry.integrity,
  );
  const extraneous = Object.keys(present).filter((path) => !(path in wanted));
  return missing.length === 0 && extraneous.length === 0;
}

/** @param {string} file */
function readPackages(file) {
  const path = inRoot(file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}
