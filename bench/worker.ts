/**
 * The program of one side's worker. Arguments: SIDE ADDRESS QUEUE PHASES BUNDLE. It tells its parent when it is ready, and the time of
 * every no-op.
 */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepDefinition } from '../src/contract/kinds.ts';
import { createWorkers } from '../src/worker/create.ts';
import { ensureSearchAttributes } from '../src/worker/search-attributes.ts';
import { mainWorkerOptions } from '../src/worker/settings.ts';
import { now } from './clock.ts';
import type { FromWorker } from './worker-process.ts';

const [side, address = '', taskQueue = '', phasesDir = '', codePath = ''] = process.argv.slice(2);
const workflowBundle = { codePath };
Runtime.install({ logger: new DefaultLogger('ERROR') });
// The worker ends with its parent, also when the bench is killed.
process.once('disconnect', () => process.exit());

function tell(message: FromWorker): void {
  process.send?.(message);
}

function began(phase: string): void {
  tell({ type: 'began', phase, at: now() });
}

const noop: StepDefinition<string> = {
  kind: 'noop',
  summary: 'does nothing',
  entry: z.string(),
  profile: 'work',
  coverage: 'automated',
  expand: () => [{ name: '', label: '', input: {} }],
  run: async ({ phase }) => {
    began(phase.workflowId);
    return {};
  },
};

/** Creates the workers as src/worker.ts does, but with other kinds. */
async function phasegateWorkers(connection: NativeConnection): Promise<readonly Worker[]> {
  return createWorkers({
    connection,
    namespace: 'default',
    settings: { taskQueue, phasesDir, records: join(phasesDir, '..', 'records') },
    workflowBundle,
    steps: [noop],
    checks: [],
    sections: [],
    rounds: [],
    searchAttributes: { known: await ensureSearchAttributes(connection, 'default') },
  });
}

async function baselineWorkers(connection: NativeConnection): Promise<readonly Worker[]> {
  const activities = { noop: async (phase: string) => began(phase) };
  return [await Worker.create({ ...mainWorkerOptions, connection, taskQueue, workflowBundle, activities })];
}

const connection = await NativeConnection.connect({ address });
const workers = await (side === 'phasegate' ? phasegateWorkers : baselineWorkers)(connection);
const running = Promise.all(workers.map((worker) => worker.run()));
tell({ type: 'ready' });
await running;
await connection.close();
process.disconnect?.();
