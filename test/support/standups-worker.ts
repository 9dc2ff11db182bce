/**
 * A worker whose standups and reviews follow a clock in a file. Arguments: ADDRESS QUEUE PHASES RECORDS BUNDLE CLOCK. It tells its parent
 * when it is ready.
 */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { checks, rounds, sections, steps } from '../../src/activities/registry.ts';
import { createWorkers } from '../../src/worker/create.ts';
import { FileClock } from './file-clock.ts';

const [address = '', taskQueue = '', phasesDir = '', records = '', codePath = '', clock = ''] = process.argv.slice(2);
// It ends with its parent, also when that is killed.
process.once('disconnect', () => process.exit());
Runtime.install({ logger: new DefaultLogger('ERROR') });

const workers = await createWorkers({
  connection: await NativeConnection.connect({ address }),
  namespace: 'default',
  settings: { taskQueue, phasesDir, records },
  workflowBundle: { codePath },
  ...{ steps, checks, sections, rounds },
  searchAttributes: { known: true },
  publishClock: new FileClock(clock),
});
process.send?.('ready');
await Promise.all(workers.map((worker) => worker.run()));
