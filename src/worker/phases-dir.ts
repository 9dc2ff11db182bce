import { readdir } from 'node:fs/promises';

/**
 * Whether the phases directory can be read: without it every phase would fail at its start, long after this worker has said that
 * it is ready.
 *
 * @throws Error with one sentence: what, where, and how to mend it.
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
  ENOTDIR: 'is no directory',
  EACCES: 'may not be read by this user',
};
