import { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { bench, full, quick, type Figures } from './bench.ts';
import { compileWorkers } from './compile.ts';
import { benchDeploy, fullDeploy, quickDeploy } from './deploy/bench.ts';
import { deployerResult, deployerTable, operationTable } from './deploy/report.ts';
import { figureTable, type Figure } from './figures.ts';
import { benchReading } from './reading.ts';
import { Setting } from './setting.ts';
import { interrupted, runCommand, say, UserError } from '../scripts/command-line.ts';
import { root } from '../scripts/sandbox/paths.ts';
import { scanners } from '../scripts/sandbox/tools.ts';
import { firstLine } from '../scripts/temporal-client.ts';

interface Options {
  readonly quick?: boolean;
}

const quickOption = ['--quick', 'few repetitions: only shows that the bench works; writes no results'] as const;

const command = new Command('npm run bench --')
  .description(
    'Compares a phase of no-op tasks with a minimal hand-written workflow of the same shape, in the same run, on a Temporal ' +
      'server of its own, and decisions with simpler decisions. Prints a table for each part as soon as it is measured, and writes bench/results.json. The exit code is 0 whether or not the aims are met; ' +
      'docs/performance.md describes the measurements.',
  )
  .option(...quickOption)
  .action((options: Options) => runCommand(() => interruptible((stopped) => benchPhases(options, stopped))));

command
  .command('deploy')
  .description(
    "Deploys the project's own stacks to its three environments with phasegate, the CDK CLI and the SDK's waiters, each against " +
      'an emulator of its own whose calls are counted.',
  )
  .option(...quickOption)
  // The parent command has the same option, and commander assigns the value to the parent.
  .action((_: Options, { parent }: Command) =>
    runCommand(() => interruptible((stopped) => benchDeployments(parent?.opts<Options>() ?? {}, stopped))),
  );

command
  .command('reading')
  .description('Runs milestone 4.1 of Phase 4 in the sandbox, and compares the cost of reading AWS with its budgets.')
  .action(() =>
    runCommand(() =>
      interruptible(async (stopped) => {
        await scanners();
        const figures = await Promise.race([benchReading(say), stopped]);
        console.log(figureTable('reading', figures));
        await record({ reading: figures });
      }),
    ),
  );

async function interruptible(bench: (stopped: Promise<never>) => Promise<void>): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  // The rejection is handled by the callers' `Promise.race`. Without this handler, Node reports it as unhandled before a race begins.
  stopped.catch(() => undefined);
  try {
    await bench(stopped);
    return 0;
  } catch (error) {
    say(error instanceof UserError ? error.message : `The bench has failed: ${firstLine(error)}`);
    // `exit` ends everything that is still running, for which the process would wait.
    process.exit(1);
  }
}

async function benchPhases({ quick: isQuick }: Options, stopped: Promise<never>): Promise<void> {
  say('compiling the workers …');
  await Promise.race([compileWorkers(), stopped]);
  const setting = await Setting.open();
  try {
    const follower = {
      say,
      show: (title: string, figures: readonly Figure[]) => console.log(figureTable(title, figures)),
    };
    const figures = await Promise.race([bench(setting, isQuick === true ? quick : full, follower), stopped]);
    if (isQuick !== true) await record({ ...figures, server: await setting.serverVersion() });
  } finally {
    await setting.close();
  }
}

async function benchDeployments({ quick: isQuick }: Options, stopped: Promise<never>): Promise<void> {
  const amounts = isQuick === true ? quickDeploy : fullDeploy;
  const found = await Promise.race([benchDeploy(amounts, say), stopped]);
  const { figures, measured, criticalPathMs, resources } = found;
  console.log(figureTable('deployments', figures));
  console.log(deployerTable(measured, found));
  console.log(operationTable(measured));
  if (isQuick === true) return;
  const seconds = criticalPathMs / 1000;
  const deployers = measured.map(deployerResult);
  await record({ deploy: { ...amounts, resources, criticalPathSeconds: seconds, figures, deployers } });
}

/** Writes new results to the file, and keeps the results of other benches. */
async function record(
  measured: Partial<Figures> & { readonly server?: string; readonly deploy?: object; readonly reading?: object },
): Promise<void> {
  const file = join(root, 'bench', 'results.json');
  const before = JSON.parse(await readFile(file, 'utf8')) as {
    readonly machine: object;
    readonly deploy?: object;
    readonly reading?: object;
  };
  const date = new Date().toISOString().slice(0, 10);
  const { server, deploy, reading, ...figures } = measured;
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: process.platform,
  };
  const parts = {
    ...(deploy === undefined ? {} : { deploy: { date, machine, ...deploy } }),
    ...(reading === undefined ? {} : { reading: { date, machine, figures: reading } }),
  };
  const phases =
    Object.keys(parts).length > 0
      ? before
      : { date, machine: { ...machine, server }, ...figures, deploy: before.deploy, reading: before.reading };
  const results = { ...phases, ...parts };
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

await command.parseAsync();
