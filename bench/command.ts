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

const quickOption = [
  '--quick',
  'few repetitions: shows that the bench works, not how fast anything is; writes nothing',
] as const;

const command = new Command('npm run bench --')
  .description(
    'Measures a phase of no-op tasks against a hand-written minimal workflow of the same shape, in the same run, on a Temporal ' +
      'server of its own; and decisions against simpler ones. Prints a table of each part as soon as it is measured and writes bench/results.json. Ends with exit code 0 whether or not the aims are met; ' +
      'docs/performance.md says what is measured.',
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
  // The parent knows the same option, and would take it.
  .action((_: Options, { parent }: Command) =>
    runCommand(() => interruptible((stopped) => benchDeployments(parent?.opts<Options>() ?? {}, stopped))),
  );

command
  .command('reading')
  .description(
    'Runs milestone 4.1 of Phase 4 in the sandbox, and measures what reading AWS costs, against its budgets.',
  )
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
  // Heard of in the races, and nowhere else.
  stopped.catch(() => undefined);
  try {
    await bench(stopped);
    return 0;
  } catch (error) {
    say(error instanceof UserError ? error.message : `The bench has failed: ${firstLine(error)}`);
    // Whatever is still running goes with this process, which would wait for it.
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

/** Replaces what was measured, and leaves the other results as they are. */
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
