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
 * Runs a scanner to its end. Of the worker's environment it gets only PATH: no credentials, and no settings that could make it ignore
 * findings. It is ended together with its child processes (checkov has several), also when the worker is killed.
 *
 * @param fine exit codes of a scanner that has done its work
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
      // A folder without settings files of the scanner.
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

/** The folder into which `npm run setup` installs tools; the path fits this file and the compiled file. */
const TOOLS = fileURLToPath(new URL('../../../.tools', import.meta.url));
const GUARD = 'node_modules/@cdklabs/cdk-validator-cfnguard';

const variables: { readonly [tool in ToolName]: string } = {
  'cfn-lint': 'PHASEGATE_CFN_LINT',
  'cfn-guard': 'PHASEGATE_CFN_GUARD',
  checkov: 'PHASEGATE_CHECKOV',
};

/**
 * Finds a scanner: by its environment variable, in the project, or on PATH. The project comes before PATH, because the findings of a
 * scanner depend on its version.
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
 * Finds the folder of cfn-guard's rules: by PHASEGATE_GUARD_RULES, or beside the project's cfn-guard.
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

/** Set-up names a folder of tools after the digest of its contents, `scan-1f2e3d4c5b6a`, and keeps one of each kind. */
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
 * Identifies the rules of a scanner that is a Python package: by the hashes that its installer has recorded for its files, else by its
 * version, since the contents of a published version do not change.
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

/** Programs are outside of the package, and contain the path of their own folder. */
function packageFiles(record: string): string[] {
  return record.split('\n').filter((line) => line.includes(',sha256=') && !line.startsWith('..'));
}
