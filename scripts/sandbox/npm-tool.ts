import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { say, stoppable, UserError } from '../command-line.ts';
import { capture } from './capture.ts';
import { toolsDir } from './paths.ts';

/** A program that comes as an npm package, and that the project itself does not depend on. */
export interface NpmTool {
  /** As messages call it. */
  readonly what: string;
  /** Folder with the package.json and the package-lock.json that name it; its name is the tool's. */
  readonly manifest: string;
  /** Completes what npm has installed, which runs no scripts, and removes what this machine does not need. */
  readonly finish?: (folder: string) => Promise<void>;
}

/** Installs the tool into the tools folder, if need be; npm checks it against the lock file's hash. Returns the folder of its node_modules. */
export async function provideNpmTool(tool: NpmTool): Promise<string> {
  const folder = await folderOf(tool);
  if (!existsSync(folder)) await stoppable(() => install(tool, folder));
  return folder;
}

/** The folder of the tool's node_modules, if it has been installed. */
export async function findNpmTool(tool: NpmTool): Promise<string | undefined> {
  const folder = await folderOf(tool);
  return existsSync(folder) ? folder : undefined;
}

async function install({ what, manifest, finish }: NpmTool, folder: string): Promise<void> {
  say(`installing ${what} …`);
  const name = basename(manifest);
  await mkdir(toolsDir, { recursive: true });
  // Renamed into place when complete, so that neither an interruption nor a second process leaves half of one behind.
  const draft = join(toolsDir, `.${name}-${process.pid}`);
  try {
    await cp(manifest, draft, { recursive: true });
    await npmInstall(what, draft);
    await finish?.(draft);
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  for (const entry of await readdir(toolsDir)) {
    const other = join(toolsDir, entry);
    if (entry.startsWith(`${name}-`) && other !== folder) await rm(other, { recursive: true, force: true });
  }
}

async function npmInstall(what: string, folder: string): Promise<void> {
  // Under `npm run` this names the npm that is already at work; a global one may be another version or missing.
  const npm = process.env['npm_execpath'];
  const [command, args] = npm?.endsWith('.js') === true ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  const { code, output } = await capture(command, args, { cwd: folder });
  if (code !== 0) throw new UserError(`${output.trimEnd()}\n\nInstalling ${what} failed; npm's reason is above.`);
}

async function folderOf({ manifest }: NpmTool): Promise<string> {
  const lock = await readFile(join(manifest, 'package-lock.json'));
  return join(toolsDir, `${basename(manifest)}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
}
