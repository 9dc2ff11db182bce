import { readdir, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { compilePlan, type Compilation, type Source } from '../plan/compile.ts';
import type { Kinds } from '../plan/kinds.ts';
import { nearest } from '../plan/nearest.ts';
import { templatePaths } from '../plan/playbook.ts';

/** The phase folder is not as it must be; the message says what, where and how to mend it. */
export class PhaseError extends Error {
  override readonly name = 'PhaseError';
}

/** The texts that a phase is compiled from. */
export interface PhaseSources {
  readonly plan: Source;
  readonly playbook?: Source;
  /** By path within the phase folder; `null` where a template is missing. */
  readonly templates: { readonly [path: string]: string | null };
}

/**
 * Compiles the phase folder of that name.
 *
 * @throws PhaseError when there is no such phase within the phases directory.
 */
export async function compilePhase(phasesDir: string, name: string, kinds: Kinds): Promise<Compilation> {
  const folder = await findPhase(phasesDir, name);
  const { plan, playbook, templates } = await readSources(folder, `${name}/plan.md`, `${name}/playbook.yaml`);
  return playbook === undefined ? compilePlan(plan) : compilePlan(plan, { ...playbook, phase: name, templates, kinds });
}

/** Absolute path of a phase's folder; a name may not lead out of the phases directory, not by a link either. */
export async function findPhase(phasesDir: string, name: string): Promise<string> {
  if (!/^[\w][\w.-]*$/.test(name)) {
    throw new PhaseError(`"${name}" is no phase name: it names a folder in the phases directory, such as "phase-4"`);
  }
  const root = await realpath(phasesDir).catch(() => undefined);
  if (root === undefined)
    throw new PhaseError(`The phases directory ${phasesDir} does not exist; set PHASEGATE_PHASES`);
  const folder = await realpath(join(root, name)).catch(() => undefined);
  if (folder === undefined) throw new PhaseError(await unknownPhase(root, name));
  if (relative(root, folder).startsWith('..') || isAbsolute(relative(root, folder))) {
    throw new PhaseError(`"${name}" leads out of the phases directory`);
  }
  return folder;
}

/** Reads plan, playbook (if there is one) and the templates that it names, under the names that problems shall use. */
export async function readSources(folder: string, planName: string, playbookName: string): Promise<PhaseSources> {
  const plan = await readFile(join(folder, 'plan.md'), 'utf8').catch(() => undefined);
  if (plan === undefined) throw new PhaseError(`${planName} does not exist; a phase is a folder with a plan.md`);
  const playbook = await readFile(join(folder, 'playbook.yaml'), 'utf8').catch(() => undefined);
  return {
    plan: { file: planName, text: plan },
    ...(playbook === undefined ? {} : { playbook: { file: playbookName, text: playbook } }),
    templates: playbook === undefined ? {} : await readTemplates(folder, templatePaths(playbook)),
  };
}

/** Reads templates within a folder; one that is missing, or that a path outside names, is `null`. */
export async function readTemplates(
  folder: string,
  paths: readonly string[],
): Promise<{ [path: string]: string | null }> {
  const texts = await Promise.all(paths.map((path) => readWithin(folder, path)));
  return Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? null]));
}

async function readWithin(folder: string, path: string): Promise<string | null> {
  const file = await realpath(resolve(folder, path)).catch(() => undefined);
  if (file === undefined || relative(await realpath(folder), file).startsWith('..')) return null;
  return readFile(file, 'utf8').catch(() => null);
}

async function unknownPhase(root: string, name: string): Promise<string> {
  const folders = await readdir(root, { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean "${near}"?`;
  return `There is no phase "${name}" in the phases directory; ${hint}`;
}
