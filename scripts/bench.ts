import { Client, Connection } from '@temporalio/client';
import Table from 'cli-table3';
import { Command } from 'commander';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyEvents, parkedMemory, percentile, runPhase, throughput, type Bench } from '../bench/measure.ts';
import { PHASE, plan, playbook } from '../bench/shape.ts';
import { compileWorkers, WorkerProcess, type Side } from '../bench/worker-process.ts';
import { interrupted, runCommand, say, UserError } from './command-line.ts';
import { root } from './sandbox/paths.ts';
import { startTemporal } from './sandbox/temporal.ts';

interface Options {
  readonly quick?: boolean;
  readonly port: string;
  readonly uiPort: string;
}

/** One figure of both sides. `aim`: what the ratio should be at most, or at least where more is better. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly phasegate: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly aim: string;
  readonly met: boolean;
}

const command = new Command('npm run bench --')
  .description(
    'Measures a phase of no-op tasks against a hand-written minimal workflow of the same shape, in the same run.',
  )
  .option('--quick', 'few repetitions: shows that the bench works, not how fast anything is')
  .option('--port <port>', 'port of the Temporal server that it starts', '27233')
  .option('--ui-port <port>', 'port of its Web UI', '28233');

async function main(options: Options): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  await compileWorkers();
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-'));
  const server = await startTemporal({ port: Number(options.port), uiPort: Number(options.uiPort) });
  const connection = await Connection.connect({ address: server.address });
  const workers: WorkerProcess[] = [];
  try {
    await mkdir(join(folder, 'phases', PHASE), { recursive: true });
    await writeFile(join(folder, 'phases', PHASE, 'plan.md'), plan);
    await writeFile(join(folder, 'phases', PHASE, 'playbook.yaml'), playbook);
    const client = new Client({ connection });
    const side = async (name: Side): Promise<Bench> => {
      const worker = await WorkerProcess.start(name, server.address, `bench-${name}`, join(folder, 'phases'));
      workers.push(worker);
      return { client, side: name, worker, taskQueue: `bench-${name}` };
    };
    const sides: Sides = { phasegate: await side('phasegate'), baseline: await side('baseline') };
    const figures = await Promise.race([measure(sides, options.quick === true), stopped]);
    console.log(table(figures));
    if (options.quick !== true) await record(figures);
    return 0;
  } finally {
    for (const worker of workers) await worker.stop();
    await connection.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Sides {
  readonly phasegate: Bench;
  readonly baseline: Bench;
}

async function measure(sides: Sides, quick: boolean): Promise<Figure[]> {
  const [runs, atOnce, parked] = quick ? [2, 5, 5] : [20, 50, 200];
  const both = async (what: string, action: (bench: Bench) => Promise<number>): Promise<Record<Side, number>> => {
    say(`measuring ${what} …`);
    return { phasegate: await action(sides.phasegate), baseline: await action(sides.baseline) };
  };
  for (const bench of [sides.phasegate, sides.baseline]) await runPhase(bench);
  const walls: Record<Side, number[]> = { phasegate: [], baseline: [] };
  const effects: Record<Side, number[]> = { phasegate: [], baseline: [] };
  const events: Record<Side, number[]> = { phasegate: [], baseline: [] };
  say(`measuring ${runs} phases of each, in turn …`);
  for (let run = 0; run < runs; run += 1) {
    for (const bench of run % 2 === 0 ? [sides.phasegate, sides.baseline] : [sides.baseline, sides.phasegate]) {
      const { wall, effects: seen, handle } = await runPhase(bench);
      walls[bench.side].push(wall);
      effects[bench.side].push(...seen);
      events[bench.side].push(await historyEvents(bench, handle.workflowId));
    }
  }
  const of = (values: Record<Side, number[]>, share: number): Record<Side, number> => ({
    phasegate: percentile(values.phasegate, share),
    baseline: percentile(values.baseline, share),
  });
  return [
    figure('phase wall, median', 'ms', of(walls, 0.5)),
    figure('decision to effect, p50', 'ms', of(effects, 0.5)),
    figure('decision to effect, p95', 'ms', of(effects, 0.95)),
    figure('history events', '', of(events, 0.5)),
    figure(
      `phases a minute, ${atOnce} at once`,
      '',
      await both('throughput', (bench) => throughput(bench, atOnce)),
      'more',
    ),
    figure(`worker memory, ${parked} parked`, 'MB', await both('memory', (bench) => parkedMemory(bench, parked))),
  ];
}

function figure(name: string, unit: string, values: Record<Side, number>, better: 'less' | 'more' = 'less'): Figure {
  const ratio = values.phasegate / values.baseline;
  const [aim, met] = better === 'less' ? ['at most 1.2', ratio <= 1.2] : ['at least 0.8', ratio >= 0.8];
  return { name, unit, ...values, ratio, aim, met };
}

function table(figures: readonly Figure[]): string {
  const rows = new Table({ head: ['', 'phasegate', 'baseline', 'ratio', 'aim', ''], style: { head: [], border: [] } });
  for (const { name, unit, phasegate, baseline, ratio, aim, met } of figures) {
    const show = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`.trim();
    rows.push([name, show(phasegate), show(baseline), ratio.toFixed(2), aim, met ? 'met' : 'missed']);
  }
  return rows.toString();
}

async function record(figures: readonly Figure[]): Promise<void> {
  const [cpu] = cpus();
  const machine = {
    cores: cpus().length,
    cpu: cpu?.model ?? 'unknown',
    node: process.version,
    platform: process.platform,
  };
  const results = { date: new Date().toISOString().slice(0, 10), machine, figures };
  await writeFile(join(root, 'bench', 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
}

await runCommand(async () => main(command.parse().opts<Options>()));
