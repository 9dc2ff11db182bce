import { readdir } from 'node:fs/promises';

/**
 * Checks that the phases directory can be read. Without the check, every phase would fail at its start, long after the worker has
 * reported that it is ready.
 *
 * @throws Error with one sentence: the problem, the place and the remedy
 */
export async function requirePhasesDir(phasesDir: string): Promise<void> {
  try {
    await readdir(phasesDir);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(
      `The phases directory ${phasesDir} ${reasons[code] ?? `cannot be read (${code})`}. ` +
        'Set PHASEGATE_PHASES to the directory that holds one folder for each phase',
      { cause: error },
    );
  }
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a directory',
  EACCES: 'may not be read by this user',
};
