import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import { extname, join } from 'node:path';
import { kindActivities } from '../activities/adapter.ts';
import type { CheckDefinition, StepDefinition } from '../activities/define.ts';
import { createPhaseActivities } from '../activities/phase-host.ts';
import { openStore } from '../record/store.ts';
import { awsQueue } from '../workflows/activities.ts';
import type { KnownAttributes } from './search-attributes.ts';
import type { Settings } from './settings.ts';
import { awsWorkerOptions, mainWorkerOptions } from './tuning.ts';

/** Path of the payload converter, as source under test and compiled in production; the bundle must be built with it. */
export const payloadConverterPath = join(import.meta.dirname, `../payload-converter${extname(import.meta.filename)}`);

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly settings: Pick<Settings, 'taskQueue' | 'phasesDir' | 'records' | 'webUi' | 'deployment'>;
  readonly workflowBundle: WorkflowBundleOption;
  readonly steps: readonly StepDefinition[];
  readonly checks: readonly CheckDefinition[];
  /** Whether the namespace knows the custom search attributes. */
  readonly searchAttributes: KnownAttributes;
}

/** The two workers of a process: workflows with everything quick, and AWS waits. */
export interface Workers {
  readonly main: Worker;
  readonly aws: Worker;
}

/** Creates both workers; they poll once `run` is called on them. */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const { connection, namespace, settings, steps, checks, searchAttributes } = options;
  const { taskQueue, phasesDir, webUi, deployment } = settings;
  const records = await openStore(settings.records);
  const kinds = kindActivities(steps, checks, { phasesDir, records });
  const common = {
    connection,
    namespace,
    dataConverter: { payloadConverterPath },
    ...(deployment === undefined
      ? {}
      : {
          workerDeploymentOptions: {
            version: deployment,
            useWorkerVersioning: true as const,
            defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
          },
        }),
  };
  const main = await Worker.create({
    ...common,
    ...mainWorkerOptions,
    taskQueue,
    workflowBundle: options.workflowBundle,
    activities: {
      ...kinds,
      ...createPhaseActivities({
        phasesDir,
        records,
        ...(webUi === undefined ? {} : { webUi }),
        kinds: { steps, checks },
        searchAttributes,
      }),
    },
  });
  const aws = await Worker.create({
    ...common,
    ...awsWorkerOptions,
    taskQueue: awsQueue(taskQueue),
    activities: kinds,
  });
  return { main, aws };
}
