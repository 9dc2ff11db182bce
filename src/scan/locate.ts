import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ToolProblem, type ToolName } from './model.ts';

/** Where `npm run setup` puts tools, seen from here and from the compiled file alike. */
const TOOLS = fileURLToPath(new URL('../../.tools', import.meta.url));
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
