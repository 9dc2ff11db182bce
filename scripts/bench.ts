import { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { bench, full, quick, type Figures } from '../bench/bench.ts';
import { compileWorkers } from '../bench/compile.ts';
import { figureTable } from '../bench/figures.ts';
import { Setting } from '../bench/setting.ts';
import { interrupted, runCommand, say, UserError } from './command-line.ts';
import { root } from './sandbox/paths.ts';

const command = new Command('npm run bench --')
  .description(
    'Measures a phase of no-op tasks against a hand-written minimal workflow of the same shape, in the same run, on a Temporal ' +
      'server of its own; and decisions against simpler ones. Prints two tables and writes bench/results.json. Ends with exit code 0 whether or not the aims are met; ' +
      'docs/performance.md says what is measured.',
  )
  .option('--quick', 'few repetitions: shows that the bench works, not how fast anything is; writes nothing');

async function main(options: { readonly quick?: boolean }): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  // Heard of in the races below, and nowhere else.
  stopped.catch(() => undefined);
  say('compiling the workers …');
  await Promise.race([compileWorkers(), stopped]);
  const setting = await Setting.open();
  try {
    const figures = await Promise.race([bench(setting, options.quick === true ? quick : full, say), stopped]);
    console.log(figureTable('phases', figures.phases));
    console.log(figureTable('gates', figures.gates));
    if (options.quick !== true) await record(figures, await setting.serverVersion());
    return 0;
  } finally {
    await setting.close();
  }
}

async function record(figures: Figures, server: string): Promise<void> {
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: process.platform,
    server,
  };
  const results = { date: new Date().toISOString().slice(0, 10), machine, ...figures };
  await writeFile(join(root, 'bench', 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
}

await runCommand(async () => main(command.parse().opts<{ quick?: boolean }>()));
