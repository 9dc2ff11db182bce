import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { say, UserError } from '../command-line.ts';
import { toolsDir } from './paths.ts';

/** The npm package that carries cfn-guard for every platform, with AWS Control Tower's rules; locked beside this file. */
const manifest = join(import.meta.dirname, 'guard');

/** Installs cfn-guard and its rules into the tools folder, if need be; npm checks it against the lock file's hash. */
export async function provideGuard(): Promise<string> {
  const folder = await guardFolder();
  if (!existsSync(folder)) await install(folder);
  return programIn(folder);
}

/** Path of cfn-guard, if it has been installed. */
export async function findGuard(): Promise<string | undefined> {
  const folder = await guardFolder();
  return existsSync(folder) ? programIn(folder) : undefined;
}

async function install(folder: string): Promise<void> {
  say('installing cfn-guard …');
  await mkdir(toolsDir, { recursive: true });
  // Renamed into place when complete, so that neither an interruption nor a second process leaves half of one behind.
  const draft = join(toolsDir, `.guard-${process.pid}`);
  try {
    await cp(manifest, draft, { recursive: true });
    await npmInstall(draft);
    await removeOtherPlatforms(draft);
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (const entry of await readdir(toolsDir)) {
    const other = join(toolsDir, entry);
    if (entry.startsWith('guard-') && other !== folder) await rm(other, { recursive: true, force: true });
  }
}

async function npmInstall(folder: string): Promise<void> {
  // Under `npm run` this names the npm that is already at work; a global one may be another version or missing.
  const npm = process.env['npm_execpath'];
  const [command, args] = npm?.endsWith('.js') === true ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  try {
    await promisify(execFile)(command, args, { cwd: folder });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trimEnd() : String(error);
    throw new UserError(`${output}\n\nInstalling cfn-guard failed; npm's reason is above.`);
  }
}

async function guardFolder(): Promise<string> {
  const lock = await readFile(join(manifest, 'package-lock.json'));
  return join(toolsDir, `guard-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
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
