import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { say } from '../scripts/command-line.ts';
import { root } from '../scripts/sandbox/paths.ts';
import { scanners } from '../scripts/sandbox/tools.ts';
import { bench, full, quick } from './bench.ts';
import { compileSources, compileWorkers } from './compile.ts';
import { benchDeploy, fullDeploy, quickDeploy } from './deploy/bench.ts';
import { deployerResult, deployerTable, operationTable } from './deploy/report.ts';
import { figureTable, type Figure } from './figures.ts';
import { benchPipelines } from './pipelines.ts';
import { benchReading } from './reading.ts';
import { benchApi } from './api.ts';
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
    if (isQuick !== true) await record(figures, undefined, await setting.serverVersion());
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
  await record({ ...amounts, resources, criticalPathSeconds: seconds, figures, deployers }, 'deploy');
}

/** Measures what reading AWS costs. */
export async function benchReadings(stopped: Promise<never>): Promise<void> {
  await scanners();
  const figures = await Promise.race([benchReading(say), stopped]);
  console.log(figureTable('reading', figures));
  await record({ figures }, 'reading');
}

/** Measures how soon the ends of pipelines are noticed, and with how many requests, and writes the figures to bench/results.json. */
export async function benchPipelineReleases(stopped: Promise<never>): Promise<void> {
  const figures = await Promise.race([benchPipelines(say), stopped]);
  console.log(figureTable('pipeline', figures));
  await record({ figures }, 'pipeline');
}

/** Measures how fast a large result of a suite is read and stored, what a step costs a suite, and how long histories with many issues become. */
export async function benchSuiteRuns(stopped: Promise<never>): Promise<void> {
  say('compiling …');
  await Promise.race([compileSources(), stopped]);
  const figures = await Promise.race([benchSuites(say), stopped]);
  say('500 issues in five rounds …');
  figures.push(...(await Promise.race([benchIssueHistory(), stopped])));
  console.log(figureTable('suites', figures));
  await record({ figures }, 'suites');
}

/** Measures how fast the page for stakeholders is drawn from a record. */
export async function benchReports(stopped: Promise<never>): Promise<void> {
  await Promise.race([compileWorkers(), stopped]);
  const figures = await Promise.race([benchReport(say), stopped]);
  console.log(figureTable('report', figures));
  await record({ figures }, 'report');
}

/** Measures how fast the API of the released service answers in the sandbox. */
export async function benchApiAnswers(stopped: Promise<never>): Promise<void> {
  const figures = await Promise.race([benchApi(say), stopped]);
  console.log(figureTable('API', figures));
  await record({ figures }, 'api');
}

/** Benches that have a part of the results of their own. The results of the first bench stand beside these parts. */
const PARTS = ['deploy', 'reading', 'pipeline', 'suites', 'report', 'api'] as const;
type Part = (typeof PARTS)[number];

/** Writes new results to the file, and keeps the results of other benches. */
async function record(measured: object, part?: Part, server?: string): Promise<void> {
  const file = join(root, 'bench', 'results.json');
  const before = JSON.parse(await readFile(file, 'utf8')) as { readonly [part in Part]?: object };
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: process.platform,
    server,
  };
  const dated = { date: new Date().toISOString().slice(0, 10), machine, ...measured };
  const others = Object.fromEntries(PARTS.map((name) => [name, before[name]]));
  const results = part === undefined ? { ...dated, ...others } : { ...before, [part]: dated };
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
