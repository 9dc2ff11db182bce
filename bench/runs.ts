import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { say } from '../scripts/command-line.ts';
import { root } from '../scripts/sandbox/paths.ts';
import { scanners } from '../scripts/sandbox/tools.ts';
import { bench, full, quick, type Figures } from './bench.ts';
import { compileSources, compileWorkers } from './compile.ts';
import { benchDeploy, fullDeploy, quickDeploy } from './deploy/bench.ts';
import { deployerResult, deployerTable, operationTable } from './deploy/report.ts';
import { figureTable, type Figure } from './figures.ts';
import { benchPipelines } from './pipelines.ts';
import { benchReading } from './reading.ts';
import { benchReport } from './report.ts';
import { Setting } from './setting.ts';
import { benchSuites } from './suites.ts';
import { benchIssueHistory } from './suites-history.ts';

/** The options of `npm run bench`, as commander reads them. */
export interface Options {
  readonly quick?: boolean;
}

/** Measures the phase of no-op tasks, decisions and signatures. */
export async function benchPhases({ quick: isQuick }: Options, stopped: Promise<never>): Promise<void> {
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

/** Measures deployments. */
export async function benchDeployments({ quick: isQuick }: Options, stopped: Promise<never>): Promise<void> {
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

/** Measures what reading AWS costs. */
export async function benchReadings(stopped: Promise<never>): Promise<void> {
  await scanners();
  const figures = await Promise.race([benchReading(say), stopped]);
  console.log(figureTable('reading', figures));
  await record({ reading: figures });
}

/** Measures how soon the ends of pipelines are noticed, and with how many requests, and writes the figures to bench/results.json. */
export async function benchPipelineReleases(stopped: Promise<never>): Promise<void> {
  const figures = await Promise.race([benchPipelines(say), stopped]);
  console.log(figureTable('pipeline', figures));
  await record({ pipeline: figures });
}

/** Measures how fast a large result of a suite is read and stored, what a step costs a suite, and how long histories with many issues become. */
export async function benchSuiteRuns(stopped: Promise<never>): Promise<void> {
  say('compiling …');
  await Promise.race([compileSources(), stopped]);
  const figures = await Promise.race([benchSuites(say), stopped]);
  say('500 issues in five rounds …');
  figures.push(...(await Promise.race([benchIssueHistory(), stopped])));
  console.log(figureTable('suites', figures));
  await record({ suites: figures });
}

/** Measures how fast the page for stakeholders is drawn from a record. */
export async function benchReports(stopped: Promise<never>): Promise<void> {
  await Promise.race([compileWorkers(), stopped]);
  const figures = await Promise.race([benchReport(say), stopped]);
  console.log(figureTable('report', figures));
  await record({ report: figures });
}

/** Writes new results to the file, and keeps the results of other benches. */
async function record(
  measured: Partial<Figures> & {
    readonly server?: string;
    readonly deploy?: object;
    readonly reading?: object;
    readonly pipeline?: object;
    readonly suites?: object;
    readonly report?: object;
  },
): Promise<void> {
  const file = join(root, 'bench', 'results.json');
  const before = JSON.parse(await readFile(file, 'utf8')) as {
    readonly machine: object;
    readonly deploy?: object;
    readonly reading?: object;
    readonly pipeline?: object;
    readonly suites?: object;
    readonly report?: object;
  };
  const date = new Date().toISOString().slice(0, 10);
  const { server, deploy, reading, pipeline, suites, report, ...figures } = measured;
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: process.platform,
  };
  const parts = {
    ...(deploy === undefined ? {} : { deploy: { date, machine, ...deploy } }),
    ...(reading === undefined ? {} : { reading: { date, machine, figures: reading } }),
    ...(pipeline === undefined ? {} : { pipeline: { date, machine, figures: pipeline } }),
    ...(suites === undefined ? {} : { suites: { date, machine, figures: suites } }),
    ...(report === undefined ? {} : { report: { date, machine, figures: report } }),
  };
  const phases =
    Object.keys(parts).length > 0
      ? before
      : {
          ...{ date, machine: { ...machine, server }, ...figures },
          ...{ deploy: before.deploy, reading: before.reading, pipeline: before.pipeline, suites: before.suites },
          report: before.report,
        };
  const results = { ...phases, ...parts };
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
