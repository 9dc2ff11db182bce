/**
 * One side's worker, compiled, in a process of its own: arguments SIDE ADDRESS QUEUE PHASES. Tells its parent when it is
 * ready, and the wall-clock time of every no-op.
 */
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepDefinition } from '../src/activities/define.ts';
import { createWorkers, payloadConverterPath } from '../src/worker/create.ts';
import { ensureSearchAttributes } from '../src/worker/search-attributes.ts';
import { mainWorkerOptions } from '../src/worker/tuning.ts';
import type { FromWorker } from './worker-process.ts';

const [side, address = '', taskQueue = '', phasesDir = ''] = process.argv.slice(2);
const logger = new DefaultLogger('ERROR');
Runtime.install({ logger });

function tell(message: FromWorker): void {
  process.send?.(message);
}

function began(phase: string): void {
  tell({ type: 'began', phase, at: performance.timeOrigin + performance.now() });
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

const connection = await NativeConnection.connect({ address });
if (side === 'phasegate') {
  const workers = await createWorkers({
    connection,
    namespace: 'default',
    settings: { taskQueue, phasesDir, recordsDir: join(phasesDir, '..', 'records') },
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, '../src/workflows/index.js'),
      payloadConverterPath,
      logger,
    }),
    steps: [noop],
    checks: [],
    searchAttributes: await ensureSearchAttributes(connection, 'default'),
  });
  const running = Promise.all([workers.main.run(), workers.aws.run()]);
  tell({ type: 'ready' });
  await running;
} else {
  const worker = await Worker.create({
    ...mainWorkerOptions,
    connection,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, 'baseline/workflows.js'),
      logger,
    }),
    activities: { noop: async (phase: string) => began(phase) },
  });
  const running = worker.run();
  tell({ type: 'ready' });
  await running;
}
await connection.close();
process.disconnect?.();
