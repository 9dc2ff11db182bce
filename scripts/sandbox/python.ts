import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { say, UserError } from '../command-line.ts';
import { toolsDir } from './paths.ts';

const execute = promisify(execFile);

/** A set of pinned packages: `requirements-<name>.txt` beside this file. */
export interface Requirements {
  readonly name: 'temporal' | 'test-server' | 'emulator' | 'scan';
  /** For the progress line: `the AWS emulator`. */
  readonly what: string;
  /** Programs in `bin` that are run once after installing, in a folder beside `bin`, with arguments that have them load what they need. */
  readonly firstRuns?: readonly (readonly [program: string, ...args: string[]])[];
}

/**
 * Finds or makes a Python environment that holds the requirements, every file of which is checked against its pinned hash.
 *
 * @returns its folder; programs are in `bin`
 */
export async function provideEnvironment(requirements: Requirements): Promise<string> {
  const { folder, python, file } = await describe(requirements);
  if (existsSync(folder)) return folder;

  const { name, what } = requirements;
  say(`installing ${what} …`);
  await mkdir(toolsDir, { recursive: true });
  // Renamed into place when complete, so that neither an interruption nor a second process leaves half of one behind.
  const draft = join(toolsDir, `.${name}-${process.pid}`);
  try {
    await makeEnvironment(python, draft);
    await install(draft, file, what);
    await removeUnused(draft);
    await compileUsed(draft, requirements.firstRuns ?? []);
    await relocate(draft, folder);
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOlder(name, folder);
  return folder;
}

/** The environment's folder, if it has been made. */
export async function findEnvironment(requirements: Requirements): Promise<string | undefined> {
  const { folder } = await describe(requirements);
  return existsSync(folder) ? folder : undefined;
}

async function describe({ name }: Requirements): Promise<{ folder: string; python: string; file: string }> {
  const file = join(import.meta.dirname, `requirements-${name}.txt`);
  const { command, version } = await findPython();
  // An environment belongs to one Python: packages of 3.11 are not seen by 3.12.
  const digest = createHash('sha256')
    .update(await readFile(file))
    .update(version)
    .digest('hex');
  return { folder: join(toolsDir, `${name}-${digest.slice(0, 12)}`), python: command, file };
}

async function findPython(): Promise<{ command: string; version: string }> {
  const command = process.env['PHASEGATE_PYTHON'] ?? 'python3';
  const mend = 'Install Python 3.10 or newer, or name one in PHASEGATE_PYTHON.';
  try {
    const { stdout } = await execute(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
    const version = stdout.trim();
    if (Number(version.split('.')[1]) >= 10) return { command, version };
    throw new UserError(`The sandbox's tools need Python 3.10 or newer; ${command} is ${version}. ${mend}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The sandbox's tools need Python, and "${command}" does not run here. ${mend}`);
  }
}

async function makeEnvironment(python: string, folder: string): Promise<void> {
  try {
    await execute(python, ['-m', 'venv', folder]);
  } catch {
    // Debian and Ubuntu ship Python without the part that this needs.
    throw new UserError(
      `${python} cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv`,
    );
  }
}

async function install(folder: string, file: string, what: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
  const exactly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', file];
  try {
    await execute(join(folder, 'bin', 'python'), [...pip, ...exactly]);
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trimEnd() : String(error);
    throw new UserError(`${output}\n\nInstalling ${what} failed; pip's reason is above.`);
  }
}

/** Removes pip and setuptools, 25 MB of each environment, because nothing is installed later; and the tests of packages, 20 MB. */
async function removeUnused(folder: string): Promise<void> {
  const python = join(folder, 'bin', 'python');
  await execute(python, ['-m', 'pip', 'uninstall', '--yes', '--quiet', 'pip', 'setuptools']);
  const packages = await readdir(join(folder, 'lib'), { recursive: true, withFileTypes: true });
  const tests = packages.filter((entry) => entry.isDirectory() && entry.name === 'tests');
  for (const { parentPath, name } of tests) await rm(join(parentPath, name), { recursive: true, force: true });
}

/**
 * Has Python compile the modules that the programs load, by running each once. The scanners of a worker write no compiled modules, and
 * all modules compiled would take 70 MB more and twice as long.
 */
async function compileUsed(folder: string, runs: NonNullable<Requirements['firstRuns']>): Promise<void> {
  const home = join(folder, 'first-run');
  await mkdir(home);
  const { PATH = '' } = process.env;
  const options = { cwd: home, env: { PATH, HOME: home, LANG: 'C.UTF-8' } };
  // A scanner that objects to something ends with another exit code than 0. A program that does not run is found out when it is used.
  await Promise.all(
    runs.map(([program, ...args]) => execute(join(folder, 'bin', program), args, options).catch(() => undefined)),
  );
  await rm(home, { recursive: true });
}

/** Programs of an environment name the Python in it by its absolute path, which is about to change. */
async function relocate(draft: string, folder: string): Promise<void> {
  const programs = await readdir(join(draft, 'bin'), { withFileTypes: true });
  for (const { name } of programs.filter((entry) => entry.isFile())) {
    const program = join(draft, 'bin', name);
    const text = await readFile(program, 'latin1');
    if (text.startsWith('#!')) await writeFile(program, text.replaceAll(draft, folder), 'latin1');
  }
}

async function removeOlder(name: string, current: string): Promise<void> {
  for (const entry of await readdir(toolsDir)) {
    const folder = join(toolsDir, entry);
    if (entry.startsWith(`${name}-`) && folder !== current) await rm(folder, { recursive: true, force: true });
  }
}
