import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { kinds } from '../../src/activities/registry.ts';
import { readTemplates } from '../../src/worker/host/phases.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { Compilation } from '../../src/plan/source.ts';
import { absolute } from '../command-line.ts';
import { UsageError } from './usage-error.ts';

/** Options of every command that reads a plan. */
export interface PlaybookOptions {
  /** A path; `true`: the one beside the plan, if there is one; `false`: none. */
  readonly playbook: string | boolean;
  /** Name of the phase, which begins the names of its stacks. Absent: that of the folder. */
  readonly phase?: string;
}

/** With the playbook beside the plan, where there is one. */
export const BESIDE: PlaybookOptions = { playbook: true };

/** Compiles a plan file with its playbook. Problems name the files as the person named them. */
export async function compileFile(given: string, { playbook, phase }: PlaybookOptions): Promise<Compilation> {
  const file = await planFile(given);
  const plan = { file, text: await read(file, 'plan', await phaseInstead(given)) };
  const playbookFile = typeof playbook === 'string' ? playbook : join(dirname(file), 'playbook.yaml');
  if (playbook === false || (playbook === true && !(await exists(playbookFile)))) return compilePlan(plan);
  const folder = dirname(absolute(file));
  const text = await read(playbookFile, 'playbook');
  const templates = await readTemplates(folder, text, kinds);
  return compilePlan(plan, { file: playbookFile, text, phase: phase ?? basename(folder), templates, kinds });
}

/** Absolute path of the folder that a plan lies in. */
export async function folderOf(given: string): Promise<string> {
  return dirname(absolute(await planFile(given)));
}

/**
 * A phase's folder stands for the plan in it.
 *
 * @throws UsageError for the playbook beside a plan
 */
export async function planFile(given: string): Promise<string> {
  if (/\.ya?ml$/.test(given)) {
    throw new UsageError(`${given} is a playbook, not a plan; give its folder: ${dirname(given)}`);
  }
  const found = await stat(absolute(given)).catch(() => undefined);
  return found?.isDirectory() === true ? join(given, 'plan.md') : given;
}

/** `Did you mean phases/my-phase?` for the name of a phase in place of its path. */
async function phaseInstead(given: string): Promise<string> {
  const folder = join('phases', given);
  return (await exists(join(folder, 'plan.md'))) ? ` Did you mean ${folder}?` : '';
}

async function read(file: string, what: string, hint = ''): Promise<string> {
  return readFile(absolute(file), 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${String(code)})`;
    throw new UsageError(`The ${what} ${file} ${reason}.${hint}`);
  });
}

async function exists(file: string): Promise<boolean> {
  return (await stat(absolute(file)).catch(() => undefined)) !== undefined;
}
