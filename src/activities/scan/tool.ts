import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../base/digest.ts';
import { RUN_VARIABLE } from '../command/processes.ts';
import { reaper } from '../command/reaper.ts';
import { type Subject, type ToolName, ToolProblem } from './model.ts';
import { runToolProcess, type ToolEnd } from './tool-process.ts';

export interface ToolRun {
  readonly code: number;
  readonly output: string;
}

const ERRORS_SHOWN = 300;

/**
 * Runs a scanner to its end. It sees none of the worker's environment but PATH: no credentials, and no settings of whoever
 * started the worker, which could tell it to look away. It is ended with what it has started (checkov looks in several processes),
 * also when the worker is killed.
 *
 * @param fine the exit codes with which it has done its work
 * @throws ToolProblem when it crashed, was killed or took too long
 */
export async function runTool(
  tool: ToolName,
  path: string,
  args: readonly string[],
  fine: readonly number[],
  { renderedDir: home, signal, timeoutMs }: Pick<Subject, 'renderedDir' | 'signal' | 'timeoutMs'>,
): Promise<ToolRun> {
  const { PATH = '' } = process.env;
  const run = `scan.${randomUUID()}`;
  reaper.watch({ run });
  try {
    const ended = await runToolProcess(path, args, {
      // A folder without settings files.
      cwd: home,
      env: { PATH, HOME: home, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', [RUN_VARIABLE]: run },
      signal,
      timeoutMs,
      onStart: (group) => reaper.watch({ run, group }),
    });
    signal.throwIfAborted();
    const { code, output, errors } = ended;
    if (typeof code === 'number' && fine.includes(code)) return { code, output };
    const said = errors.trim().slice(-ERRORS_SHOWN);
    throw new ToolProblem(`${tool} ${ending(ended, timeoutMs)}${said === '' ? '' : `: ${said}`}`);
  } finally {
    reaper.forget(run);
  }
}
function ending({ code, signal, stopped }: ToolEnd, timeoutMs: number): string {
  if (typeof code === 'string') return `could not be run (${code})`;
  if (stopped === 'late') return `was stopped after ${timeoutMs / 1000} s`;
  if (stopped === 'too long') return 'was stopped because its answer is too long';
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
}

/** @throws ToolProblem when it is no JSON */
export function parseOutput(tool: ToolName, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new ToolProblem(`${tool} answered with something else than JSON: ${output.trim().slice(0, ERRORS_SHOWN)}`);
  }
}

/** Where `npm run setup` puts tools, seen from here and from the compiled file alike. */
const TOOLS = fileURLToPath(new URL('../../../.tools', import.meta.url));
const GUARD = 'node_modules/@cdklabs/cdk-validator-cfnguard';

const variables: { readonly [tool in ToolName]: string } = {
  'cfn-lint': 'PHASEGATE_CFN_LINT',
  'cfn-guard': 'PHASEGATE_CFN_GUARD',
  checkov: 'PHASEGATE_CHECKOV',
};

/**
 * Path of a scanner: named by its environment variable, the project's own, or on PATH. The project's own comes before PATH,
 * because what a scanner objects to depends on its version.
 *
 * @throws ToolProblem when there is none
 */
export async function locate(tool: ToolName): Promise<string> {
  const named = process.env[variables[tool]];
  const candidates = named === undefined ? [...(await own(tool)), ...onPath(tool)] : [named];
  for (const path of candidates) if (await isExecutable(path)) return path;
  const where = named === undefined ? 'is not installed' : `is not at ${named}`;
  throw new ToolProblem(
    `${tool} ${where}; run "npm run setup" where the worker runs, or name it in ${variables[tool]}`,
  );
}

/**
 * Folder of cfn-guard's rules: named by PHASEGATE_GUARD_RULES, or those that come with the project's own.
 *
 * @throws ToolProblem when there is none
 */
export async function locateRules(): Promise<string> {
  const named = process.env['PHASEGATE_GUARD_RULES'];
  const [folder] =
    named === undefined ? (await toolFolders('guard')).map((path) => join(path, GUARD, 'rules')) : [named];
  if (folder !== undefined) return folder;
  throw new ToolProblem('cfn-guard has no rules; run "npm run setup", or name their folder in PHASEGATE_GUARD_RULES');
}

async function own(tool: ToolName): Promise<string[]> {
  if (tool !== 'cfn-guard') return (await toolFolders('scan')).map((folder) => join(folder, 'bin', tool));
  const system = platform() === 'darwin' ? 'macos' : 'ubuntu';
  const processor = arch() === 'arm64' ? 'aarch64' : 'x86_64';
  return (await toolFolders('guard')).map((folder) => join(folder, GUARD, 'bin', system, processor, tool));
}

/** Set-up names them after what they hold, `scan-1f2e3d4c5b6a`, and keeps one of each. */
async function toolFolders(name: string): Promise<string[]> {
  const entries = await readdir(TOOLS).catch(() => []);
  return entries.filter((entry) => entry.startsWith(`${name}-`)).map((entry) => join(TOOLS, entry));
}

function onPath(tool: ToolName): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, tool));
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Names the rules of a scanner that is a Python package: by the hashes that its installer has recorded for each of its files,
 * else by its version, which for a published package says the same.
 */
export async function pythonRules(program: string, distribution: string, version: string): Promise<string> {
  const lib = join(dirname(program), '..', 'lib');
  const pythons = await readdir(lib).catch(() => []);
  for (const python of pythons.filter((entry) => entry.startsWith('python'))) {
    const record = join(lib, python, 'site-packages', `${distribution}-${version}.dist-info`, 'RECORD');
    const text = await readFile(record, 'utf8').catch(() => undefined);
    if (text !== undefined) return sha256(packageFiles(text).join('\n'));
  }
  return sha256(`${distribution} ${version}`);
}

/** Programs stand outside of the package, and hold the path of their own folder. */
function packageFiles(record: string): string[] {
  return record.split('\n').filter((line) => line.includes(',sha256=') && !line.startsWith('..'));
}
