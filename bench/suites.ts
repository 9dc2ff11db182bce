import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { suitesProgram } from './compile.ts';
import { atMost, figure, type Figure } from './figures.ts';

const CASES = 100_000;
/** Of so many cases, one fails. */
const FAILS = 20;
const STORED_MS = 5_000;
const MEMORY_MB = 300;
const RUNS = 7;
/** How long the suite takes that is run directly and through a step. */
const SUITE_MS = 2_000;
const SHARE = 1.05;
const EXTRA_MS = 300;

/** What `suites-process.ts` prints of one run. */
export interface MeasuredRun {
  readonly ms: number;
  /** Most resident memory of its process. */
  readonly megabytes: number;
}

/** Measures how fast a report is read and stored, and how long a suite takes through a step and without one. */
export async function benchSuites(say: (line: string) => void): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-bench-suites-'));
  try {
    say(`a report of ${CASES} cases …`);
    await writeReport(join(folder, 'large.xml'), CASES);
    const stored = await measured('step', folder, 'cp', 'large.xml', '{reports}/report.xml');
    say('a suite, with and without a step …');
    await writeReport(join(folder, 'small.xml'), 500);
    const direct: number[] = [];
    const through: number[] = [];
    const script = `setTimeout(() => require('node:fs').copyFileSync('small.xml', process.env.PHASEGATE_REPORT_DIR + '/report.xml'), ${SUITE_MS})`;
    for (let run = 0; run < RUNS; run += 1) {
      direct.push((await measured('direct', folder, process.execPath, '-e', script)).ms);
      through.push((await measured('step', folder, 'node', '-e', script)).ms);
    }
    const baseline = median(direct);
    say(`directly ${Math.round(baseline)} ms, through a step ${Math.round(median(through))} ms`);
    return [
      figure(
        [`read and store ${CASES} cases`, 'budget', 'ms'],
        { measured: stored.ms, baseline: STORED_MS },
        atMost(1),
      ),
      figure(
        ['most memory of the process', 'budget', 'MB'],
        { measured: stored.megabytes, baseline: MEMORY_MB },
        atMost(1),
      ),
      figure(
        ['a suite through a step', `directly, plus 5 % and ${EXTRA_MS} ms`, 'ms'],
        { measured: median(through), baseline: baseline * SHARE + EXTRA_MS },
        atMost(1),
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A run in a process of its own, whose memory is its own. */
async function measured(...args: readonly string[]): Promise<MeasuredRun> {
  const { stdout } = await promisify(execFile)(process.execPath, [suitesProgram, ...args]);
  return JSON.parse(stdout) as MeasuredRun;
}

/** A report such as a test runner for Java writes. */
async function writeReport(file: string, cases: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n');
  for (let index = 0; index < cases; index += 1) {
    if (index % 100 === 0)
      out.write(`${index === 0 ? '' : '</testsuite>\n'}<testsuite name="com.example.orders.Suite${index}">\n`);
    const name = `classname="com.example.orders.OrderServiceTest${Math.floor(index / 100)}" name="creates an order of item ${index}"`;
    const failure = `<failure message="expected 201, but was 500">${'at com.example.orders.OrderServiceTest.create(OrderServiceTest.java:120)\n'.repeat(20)}</failure>`;
    const body = index % FAILS === 0 ? failure : '';
    if (!out.write(`  <testcase ${name} time="0.012">${body}</testcase>\n`)) await drained(out);
  }
  out.end('</testsuite>\n</testsuites>\n');
  await finished(out);
}

function drained(out: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => out.once('drain', resolve));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
