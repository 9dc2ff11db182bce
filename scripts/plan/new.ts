import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isPhaseName } from '../../src/worker/host/phases.ts';
import { absolute } from '../command-line.ts';
import { firstPlan, firstPlaybook } from './first-phase.ts';
import { UsageError } from './usage-error.ts';

/** The folder of the new phase. Every other command takes a plan for its folder, so this command does as well. */
export function newFolder(given: string): string {
  return basename(given) === PLAN ? dirname(given) : given;
}

const PLAN = 'plan.md';

/** Writes a small plan and playbook into a folder; never over something that is there. */
export async function writePhase(given: string): Promise<string[]> {
  const folder = absolute(given);
  const name = basename(folder);
  if (/\.(md|ya?ml)$/i.test(name)) {
    throw new UsageError(
      `"${name}" is the name of a file: give the folder, such as npm run plan -- new phases/phase-5`,
    );
  }
  if (!isPhaseName(name)) {
    throw new UsageError(`"${name}" is no phase name: use letters, digits and hyphens, such as phase-5.`);
  }
  const files = { [join(given, PLAN)]: firstPlan(name), [join(given, 'playbook.yaml')]: firstPlaybook(name) };
  for (const file of Object.keys(files)) {
    const there = await stat(absolute(file)).catch(() => undefined);
    if (there !== undefined) throw new UsageError(`${file} exists already; choose another folder.`);
  }
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    // 'wx': a file that another process writes at this moment is not overwritten either.
    await writeFile(absolute(file), text, { flag: 'wx' });
  }
  return Object.keys(files);
}
