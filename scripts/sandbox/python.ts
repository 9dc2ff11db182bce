import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { say, stoppable, UserError } from '../command-line.ts';
import { capture } from './capture.ts';
import { toolsDir } from './paths.ts';

/** Minor version of the oldest Python 3 that the tools run on. */
const OLDEST = 10;

/** A set of pinned packages: `requirements-<name>.txt` beside this file. */
export interface Requirements {
  readonly name: 'temporal' | 'test-server' | 'emulator' | 'scan' | 'aws-cli' | 'contract';
  /** For the progress line: `the AWS emulator`. */
  readonly what: string;
  /** The first version of Python 3 that will do: 11. By default, that of the project. */
  readonly minor?: number;
  /** Programs in `bin` that are run once after installing, in a folder beside `bin`, with arguments that have them load what they need. */
  readonly firstRuns?: readonly (readonly [program: string, ...args: string[]])[];
  /** Folders of the packages that are removed after installing: matches their path in `lib`. */
  readonly unused?: RegExp;
}

/**
 * Finds or makes a Python environment that holds the requirements, every file of which is checked against its pinned hash.
 *
 * @returns its folder; programs are in `bin`
 */
export async function provideEnvironment(requirements: Requirements): Promise<string> {
  const described = await describe(requirements);
  if (!existsSync(described.folder)) await stoppable(() => make(requirements, described));
  return described.folder;
}

/** The environment's folder, if it has been made. */
export async function findEnvironment(requirements: Requirements): Promise<string | undefined> {
  const { folder } = await describe(requirements);
  return existsSync(folder) ? folder : undefined;
}

interface Described {
  readonly folder: string;
  readonly python: string;
  /** The requirements, with their hashes. */
  readonly file: string;
}

async function make(requirements: Requirements, { folder, python, file }: Described): Promise<void> {
  const { name, what } = requirements;
  say(`installing ${what} …`);
  await mkdir(toolsDir, { recursive: true });
  // Renamed into place when complete, so that neither an interruption nor a second process leaves half of one behind.
  const draft = join(toolsDir, `.${name}-${process.pid}`);
  try {
    await makeEnvironment(python, draft);
    await install(draft, file, what);
    await removeUnused(draft, requirements.unused);
    await compileUsed(draft, requirements.firstRuns ?? []);
    await relocate(draft, folder);
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOlder(name, folder);
}

async function describe({ name, what, minor = OLDEST }: Requirements): Promise<Described> {
  const file = join(import.meta.dirname, `requirements-${name}.txt`);
  const { command, version } = await findPython(minor, what);
  // An environment belongs to one Python: packages of 3.11 are not seen by 3.12.
  const digest = createHash('sha256')
    .update(await readFile(file))
    .update(version)
    .digest('hex');
  return { folder: join(toolsDir, `${name}-${digest.slice(0, 12)}`), python: command, file };
}

async function findPython(minor: number, what: string): Promise<{ command: string; version: string }> {
  const command = process.env['PHASEGATE_PYTHON'] ?? 'python3';
  const mend = `Install Python 3.${minor} or newer, or name one in PHASEGATE_PYTHON.`;
  const { output } = await capture(command, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const version = /^\d+\.\d+$/m.exec(output)?.[0];
  if (version === undefined) {
    throw new UserError(`The sandbox's tools need Python, and "${command}" does not run here. ${mend}`);
  }
  if (Number(version.split('.')[1]) >= minor) return { command, version };
  const who = minor === OLDEST ? "The sandbox's tools need" : `To install ${what} needs`;
  throw new UserError(`${who} Python 3.${minor} or newer; ${command} is ${version}. ${mend}`);
}

async function makeEnvironment(python: string, folder: string): Promise<void> {
  const { code, output } = await capture(python, ['-m', 'venv', folder]);
  if (code === 0) return;
  // Debian and Ubuntu ship Python without the part that this needs.
  const isWithoutVenv = /ensurepip is not available|No module named '?(venv|ensurepip)/.test(output);
  const mend = isWithoutVenv ? '. On Debian and Ubuntu: apt-get install python3-venv' : '; its reason is above.';
  const reason = isWithoutVenv ? '' : `${output.trimEnd()}\n\n`;
  throw new UserError(`${reason}${python} cannot make virtual environments here${mend}`);
}

async function install(folder: string, file: string, what: string): Promise<void> {
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-compile'];
  const exactly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', file];
  const { code, output } = await capture(join(folder, 'bin', 'python'), [...pip, ...exactly]);
  if (code !== 0) throw new UserError(`${output.trimEnd()}\n\nInstalling ${what} failed; pip's reason is above.`);
}

/** Removes `unused`; pip and setuptools, 25 MB of each environment, as nothing is installed later; the tests of packages, 20 MB. */
async function removeUnused(folder: string, unused?: RegExp): Promise<void> {
  const python = join(folder, 'bin', 'python');
  const { code, output } = await capture(python, ['-m', 'pip', 'uninstall', '--yes', '--quiet', 'pip', 'setuptools']);
  if (code !== 0) throw new UserError(`${output.trimEnd()}\n\npip could not remove itself; its reason is above.`);
  const lib = join(folder, 'lib');
  for (const entry of await readdir(lib, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isUnused = entry.name === 'tests' || unused?.test(relative(lib, path)) === true;
    if (entry.isDirectory() && isUnused) await rm(path, { recursive: true, force: true });
  }
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
  await Promise.all(runs.map(([program, ...args]) => capture(join(folder, 'bin', program), args, options)));
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
