import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';
import { say, UserError } from '../command-line.ts';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of the browser that tests look through: PHASEGATE_CHROMIUM, a usual path, or Debian's package, which it installs. */
export async function chromium(): Promise<string> {
  const named = process.env['PHASEGATE_CHROMIUM'];
  const found = await firstExecutable(named === undefined ? usual : [named]);
  if (found !== undefined) return found;
  if (named !== undefined) throw new UserError(`PHASEGATE_CHROMIUM names ${named}, which is not a program.`);
  if (process.getuid?.() !== 0 || (await firstExecutable(['/usr/bin/apt-get'])) === undefined) {
    throw new UserError('The tests look at the Web UI through Chromium. Install it, or name it in PHASEGATE_CHROMIUM.');
  }
  say('installing Chromium for the browser test …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await promisify(execFile)('apt-get', ['update', '-qq'], { env });
  await promisify(execFile)('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return '/usr/bin/chromium';
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const ok = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (ok) return path;
  }
  return undefined;
}
