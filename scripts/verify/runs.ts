import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { INDEX } from '../../src/record/record-index.ts';
import { isInS3 } from '../../src/store/store.ts';
import { absolute } from '../command-line.ts';

/** Runs that are named; the rest is counted. */
const NAMED = 5;

/**
 * For a folder of records instead of one: the commands for its runs, newest first. Empty where the paths hold no such runs.
 *
 * @param command that takes a record
 */
export async function runsInstead(paths: readonly string[], command = 'npm run verify --'): Promise<string> {
  const [path, ...more] = paths;
  if (path === undefined || more.length > 0 || isInS3(path)) return '';
  const runs = (await recordsIn(path)).sort((a, b) => b.at - a.at);
  if (runs.length === 0) return '';
  const rest = runs.length > NAMED ? [`  and ${String(runs.length - NAMED)} more`] : [];
  const commands = runs.slice(0, NAMED).map(({ folder }) => `  ${command} ${folder}`);
  return ['\nIt holds records of runs. Give one of them:', ...commands, ...rest].join('\n');
}

/** The records below a folder of one phase, or of all phases. */
async function recordsIn(folder: string, levels = 2): Promise<{ folder: string; at: number }[]> {
  const entries = await readdir(absolute(folder), { withFileTypes: true }).catch(() => []);
  const found = entries
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const inner = join(folder, name);
      const index = await stat(absolute(join(inner, INDEX))).catch(() => undefined);
      if (index !== undefined) return [{ folder: inner, at: index.mtimeMs }];
      return levels > 1 ? recordsIn(inner, levels - 1) : [];
    });
  return (await Promise.all(found)).flat();
}
