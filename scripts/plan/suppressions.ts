import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Problem } from '../../src/plan/problems.ts';
import { SUPPRESSIONS } from '../../src/activities/scan/scan.ts';
import { suppressionFaults } from '../../src/activities/scan/suppressions.ts';
import { folderOf, planFile } from './load.ts';

/** The faults in the form of a phase's reviewed suppressions; none where the phase has no suppressions. */
export async function suppressionProblems(given: string): Promise<Problem[]> {
  const text = await readFile(join(await folderOf(given), SUPPRESSIONS), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const file = join(dirname(await planFile(given)), SUPPRESSIONS);
  return suppressionFaults(text).map(({ message, line, column }) => ({
    severity: 'error',
    code: 'suppressions',
    message: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
    place: { file, line, column },
  }));
}
