/** Runs a program once, directly (`direct`) or as a suite of a step (`step`), and prints how long that took and how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suiteStep } from '../src/activities/suite/step.ts';
import type { ActivityTools } from '../src/contract/kinds.ts';
import { directoryStore } from '../src/store/store.ts';
import type { MeasuredRun } from './suites.ts';

const [how = '', folder = '', ...run] = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'phasegate-bench-suite-'));
try {
  const began = performance.now();
  await (how === 'direct' ? direct() : step());
  const ms = performance.now() - began;
  const measured: MeasuredRun = { ms, megabytes: process.resourceUsage().maxRSS / 1024 };
  console.log(JSON.stringify(measured));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function direct(): Promise<void> {
  const [program = '', ...args] = run;
  const env = { ...process.env, PHASEGATE_REPORT_DIR: scratch };
  const child = spawn(program, args, { cwd: folder, env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the suite ended with ${String(code)}`);
}

async function step(): Promise<void> {
  const tools: ActivityTools = {
    phaseDir: folder,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    shown: undefined,
    records: directoryStore(scratch),
    attempt: 1,
    ask: () => Promise.reject(new Error('there is no phase')),
    log: () => undefined,
  };
  const phase = { name: 'bench', workflowId: 'bench', runId: 'bench', firstRunId: `bench-${process.pid}` };
  const task = { ref: '1.1/a1', title: 'Bench', milestone: '1.1', agent: 'Bench Agent', contributors: [], bullets: [] };
  const input = {
    ...{ suite: 'bench', environment: 'bench', region: 'eu-west-1', flaky: 'warn', run, env: {}, timeoutMs: 60_000 },
    ...{ format: 'junit', report: 'report.xml', component: 'bench', severity: 'high', reruns: 0, selects: false },
    ...{ revision: { text: 'bench' }, factBytes: 120_000 },
  };
  const call = { step: { id: '1.1/a1', kind: 'suite' }, input, identity: 'bench', phase, task };
  const { note = '' } = await suiteStep.run(call, tools);
  console.error(note);
}
