import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenGates } from '../../src/contract/answers.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import { startEmulator } from './emulator.ts';
import { sandboxEnvironment } from './environment.ts';
import { root } from './paths.ts';
import { startPipelines } from './pipelines.ts';
import { freePort } from './ports.ts';
import type { RunningProcess } from './processes.ts';
import { startTemporal } from './temporal.ts';
import { startWorker } from './worker.ts';

const LOOK_MS = 500;
/** A plan and a playbook with what the release of the orders service needs of Phase 4, and nothing else. */
const PLAN = join(root, 'test', 'e2e', 'release');

/** A phase that releases the orders service of Phase 4, on servers of its own. */
export interface Release {
  /** The phase's folder, a copy that may be changed. */
  readonly folder: string;
  /** Of the emulator. */
  readonly endpoint: string;
  readonly phase: WorkflowHandle;
  /** Waits until the gate is open, and approves it. */
  approve(gate: string): Promise<void>;
  /** Outputs of a stack, by name. */
  outputs(stack: string): Promise<ReadonlyMap<string | undefined, string | undefined>>;
  close(): Promise<void>;
}

/**
 * Starts the phase on free ports. When one part fails, ends the others.
 *
 * @param log name of the worker's log
 */
export async function openRelease(log: string): Promise<Release> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of opened.reverse()) await end();
  };
  const run = <T extends RunningProcess>(started: T): T => {
    opened.push(() => started.stop());
    return started;
  };
  try {
    // Within the project, so that the programs of the phase find its packages.
    await mkdir(join(root, '.phasegate'), { recursive: true });
    const home = await mkdtemp(join(root, '.phasegate', 'release-'));
    opened.push(() => rm(home, { recursive: true, force: true }));
    const folder = join(home, 'phases', 'phase-4');
    await copyPhase(folder);
    const port = await freePort();
    const pipelines = `http://127.0.0.1:${String(port)}`;
    const emulator = run(
      await startEmulator({ port: await freePort(), resourceDelay: 0, databases: true, auth: true, pipelines }),
    );
    const aws = sandboxEnvironment({ emulator: emulator.url });
    run(await startPipelines({ port, stateDir: join(home, 'pipelines'), env: aws }));
    const temporal = run(await startTemporal({ port: await freePort(), uiPort: await freePort() }));
    const env = {
      ...aws,
      TEMPORAL_ADDRESS: temporal.address,
      PHASEGATE_PHASES: join(home, 'phases'),
      PHASEGATE_RECORDS: join(home, 'records'),
    };
    run(await startWorker({ log, env }));
    const connection = await Connection.connect({ address: temporal.address });
    opened.push(() => connection.close());
    const phase = await new Client({ connection }).workflow.start('phase', {
      ...{ taskQueue: 'phasegate', workflowId: 'phase-4' },
      args: [{ phase: 'phase-4', by: 'lena' }],
    });
    const approve = (gate: string) => approveIn(phase, gate);
    const outputs = (stack: string) => outputsOf(emulator.url, stack);
    return { folder, endpoint: emulator.url, phase, approve, outputs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function copyPhase(folder: string): Promise<void> {
  const source = join(root, 'phases', 'phase-4');
  const installed = /\/app\/(node_modules|dist|reports|coverage)$/;
  for (const part of ['infra', 'suites', 'app']) {
    await cp(join(source, part), join(folder, part), { recursive: true, filter: (path) => !installed.test(path) });
  }
  await cp(PLAN, folder, { recursive: true });
}

async function approveIn(phase: WorkflowHandle, gate: string): Promise<void> {
  for (;;) {
    const { gates } = await phase.query<OpenGates>('gates');
    if (gates.some((open) => open.gate === gate)) break;
    const { status } = await phase.describe();
    if (status.name !== 'RUNNING') throw new Error(`${gate} has not opened: the phase is ${status.name}`);
    await pause(LOOK_MS);
  }
  const { code, reason } = await phase.executeUpdate<Verdict, [object]>('approve', { args: [{ gate, by: 'lena' }] });
  if (code !== 'ACCEPTED') throw new Error(`${gate} was not approved: ${reason}`);
}

async function outputsOf(
  endpoint: string,
  StackName: string,
): Promise<ReadonlyMap<string | undefined, string | undefined>> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudFormationClient({ endpoint, region: 'eu-west-1', credentials });
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return new Map((Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}
