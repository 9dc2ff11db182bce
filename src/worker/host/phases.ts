import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { nearest } from '../../base/match.ts';
import { quoteAll } from '../../base/text.ts';
import type { GivenTexts } from '../../contract/compiled.ts';
import type { Kinds } from '../../plan/kinds.ts';
import { filesNamed } from '../../plan/playbook/schema.ts';
import type { Compilation } from '../../plan/source.ts';
import { refuseSlow } from './slow-texts.ts';
import { compileSources, type PhaseSources } from './sources.ts';

/** An error in a phase folder. The message names the problem, the place and the remedy. */
export class PhaseError extends Error {
  override readonly name = 'PhaseError';
}

/**
 * Compiles a phase by name. A phase is a folder in the phases directory with a `plan.md` and, optionally, a `playbook.yaml`.
 *
 * @throws PhaseError when the phases directory has no such phase
 */
export async function compilePhase(phasesDir: string, name: string, kinds: Kinds): Promise<Compilation> {
  return compileSources(name, await loadPhase(phasesDir, name, kinds), kinds);
}

/** @throws PhaseError when the phases directory has no such phase */
export async function loadPhase(
  phasesDir: string,
  name: string,
  kinds: Pick<Kinds, 'sections'>,
  given: GivenTexts = {},
): Promise<PhaseSources> {
  const folder = await findPhase(phasesDir, name);
  const [plan, playbook] = await Promise.all([
    given.plan ?? readText(folder, 'plan.md'),
    given.playbook ?? readText(folder, 'playbook.yaml'),
  ]);
  if (plan === undefined) throw new PhaseError(`Phase "${name}" has no plan.md; write one into its folder.`);
  return {
    plan: { file: `${name}/plan.md`, text: plan },
    ...(playbook === undefined ? {} : { playbook: { file: `${name}/playbook.yaml`, text: playbook } }),
    templates: playbook === undefined ? {} : await readTemplates(folder, playbook, kinds),
  };
}

/**
 * Absolute path of a phase's folder. Neither the name nor a link may lead out of the phases directory.
 *
 * @throws PhaseError
 */
export async function findPhase(phasesDir: string, name: string): Promise<string> {
  if (!isPhaseName(name)) {
    throw new PhaseError(
      `"${name}" is not a phase name. Give the name of a folder in the phases directory, such as "phase-4".`,
    );
  }
  const root = await realpath(phasesDir).catch(() => undefined);
  if (root === undefined) {
    throw new PhaseError(
      `The phases directory ${phasesDir} does not exist; set PHASEGATE_PHASES to an existing directory.`,
    );
  }
  const folder = await realpath(join(root, name)).catch(() => undefined);
  if (folder === undefined) throw new PhaseError(await unknownPhase(root, name));
  if (!isWithin(root, folder))
    throw new PhaseError(`Phase "${name}" is a link that leads out of the phases directory.`);
  return folder;
}

/** Accepts letters, digits, hyphens, dots and underscores, which are safe in paths and workflow ids. */
export function isPhaseName(name: string): boolean {
  return /^\w[\w.-]*$/.test(name);
}

/** Reads the files that a playbook's sections name; `null` for a file that is missing or outside of the folder. */
export async function readTemplates(
  folder: string,
  playbook: string,
  { sections }: Pick<Kinds, 'sections'>,
): Promise<PhaseSources['templates']> {
  const root = await realpath(folder);
  const texts = filesNamed(playbook, sections).map(async (path) => {
    const file = await realpath(resolve(root, path)).catch(() => undefined);
    const text = file !== undefined && isWithin(root, file) ? await readText(file) : undefined;
    return [path, text ?? null] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

async function readText(...path: string[]): Promise<string | undefined> {
  return readFile(join(...path), 'utf8').catch(() => undefined);
}

/** Both arguments are real paths, in which links have been resolved. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

async function unknownPhase(root: string, name: string): Promise<string> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isFile() && isPhaseName(entry.name)).map((entry) => entry.name);
  const near = nearest(name, names);
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  const known = names.length === 0 ? 'It holds none.' : `It holds ${quoteAll(names.sort())}.`;
  return `There is no phase "${name}" in the phases directory.${hint} ${known}`;
}

/**
 * Compiles phases for a worker, which needs a compilation at start, at every gate and for every brief. While the content of a phase's
 * files does not change, it returns the same compilation.
 */
export class PhaseCompiler {
  private readonly phasesDir: string;
  private readonly kinds: Kinds;
  private readonly last = new Map<string, { readonly digest: string; readonly compilation: Compilation }>();

  constructor(phasesDir: string, kinds: Kinds) {
    this.phasesDir = phasesDir;
    this.kinds = kinds;
  }

  /** @throws PhaseError when the phases directory has no such phase */
  async compile(name: string, given?: GivenTexts): Promise<Compilation> {
    const sources = await loadPhase(this.phasesDir, name, this.kinds, given);
    const digest = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
    const known = this.last.get(name);
    if (known?.digest === digest) return known.compilation;
    if (given !== undefined) await refuseSlow(name, sources);
    const compilation = compileSources(name, sources, this.kinds);
    this.last.set(name, { digest, compilation });
    return compilation;
  }
}
