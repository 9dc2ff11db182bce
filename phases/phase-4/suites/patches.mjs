/** Patches of the application, as `git diff` writes them. Text before the first `diff` is for people. */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Applies a patch to a folder. A file that has its part of the patch already stays as it is, so that this can be repeated after an
 * interruption.
 * @param {string} folder whose files the patch names, such as app/
 * @param {string} given path of the patch
 * @throws {Error} when a file is as neither side of the patch has it; the files before it have been patched
 */
export async function applyPatch(folder, given) {
  const patch = resolve(given);
  const git = await gitIn(folder);
  for (const path of await pathsOf(patch, git)) {
    const part = [`--include=${path}`, patch];
    if (await isFine(git('apply', '--reverse', '--check', ...part))) continue;
    await git('apply', ...part).catch((error) => {
      throw new Error(`${patch} does not fit ${path}: ${error.stderr ?? error.message}`, { cause: error });
    });
  }
}

async function pathsOf(patch, git) {
  const { stdout } = await git('apply', '--numstat', patch);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[2]);
}

async function gitIn(folder) {
  const cwd = await realpath(folder);
  // In a folder of a repository, git would leave out what lies elsewhere in it.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(cwd) };
  return (...args) => run('git', args, { cwd, env });
}

function isFine(running) {
  return running.then(
    () => true,
    () => false,
  );
}
