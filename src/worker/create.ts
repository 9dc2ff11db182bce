import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import { extname, join } from 'node:path';
import { Heartbeats } from './host/heartbeats.ts';
import { kindActivities } from './host/kinds.ts';
import type { CheckDefinition, StepDefinition } from '../contract/kinds.ts';
import { createPhaseActivities } from './host/phase.ts';
import type { PublishClock } from './host/publish.ts';
import { unknownActivity } from './host/unknown.ts';
import { openStore } from '../store/open.ts';
import type { RoundsKind } from '../plan/kinds.ts';
import type { Section } from '../plan/section.ts';
import { queueFor, sideQueues } from '../plan/task-queues.ts';
import { sealing } from './sealing/interceptor.ts';
import { signalCodec } from './sealing/codec.ts';
import { openSealer } from './sealing/open.ts';
import type { Sealer } from './sealing/sealer.ts';
import type { KnownAttributes } from './search-attributes.ts';
import type { Tracing } from './tracing.ts';
import { mainWorkerOptions, type Settings, sideWorkerOptions, tuning } from './settings.ts';

/** Path of the payload converter: the source in tests, the compiled file in production. The workflow bundle must be built with it. */
export const payloadConverterPath = join(
  import.meta.dirname,
  `../contract/payload-converter${extname(import.meta.filename)}`,
);

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly settings: Pick<
    Settings,
    'taskQueue' | 'phasesDir' | 'records' | 'webUi' | 'decisions' | 'deployment' | 'programs' | 'workerKey'
  >;
  readonly workflowBundle: WorkflowBundleOption;
  readonly steps: readonly StepDefinition[];
  readonly checks: readonly CheckDefinition[];
  readonly sections: readonly Section[];
  readonly rounds: readonly RoundsKind[];
  /** Tells whether the namespace has the custom search attributes. */
  readonly searchAttributes: KnownAttributes;
  /** Interceptors and sinks that send traces, for a bundle made with `tracedBundleOptions`. */
  readonly tracing?: Tracing['options'];
  /** Milliseconds before the first look for closed workflows of a phase; a minute where absent. */
  readonly firstLookMs?: number;
  /** What signs answers; `null`: nothing. What the settings say where absent. */
  readonly sealer?: Sealer | null;
  /** How time passes for standups and reviews; as it does where absent. */
  readonly publishClock?: PublishClock;
}

/**
 * Creates the workers of a process, one for each of its task queues. The first hosts workflows and quick activities, the others long
 * activities. They poll once `run` is called, which has to happen for all of them.
 */
export async function createWorkers(options: WorkersOptions): Promise<readonly Worker[]> {
  const {
    connection,
    namespace,
    settings,
    steps,
    checks,
    sections,
    rounds,
    searchAttributes,
    firstLookMs,
    publishClock,
  } = options;
  const { taskQueue, phasesDir, webUi, decisions, deployment, programs = tuning.maxConcurrentPrograms } = settings;
  const records = await openStore(settings.records);
  const { sealer = (await openSealer(settings.records, settings.workerKey)) ?? null } = options;
  const heartbeats = await Heartbeats.open(sealer);
  const kinds = { ...unknownActivity, ...kindActivities(steps, checks, { phasesDir, records, heartbeats }) };
  const activity = [...(sealer === null ? [] : [sealing(sealer)]), ...(options.tracing?.interceptors?.activity ?? [])];
  const common = {
    connection,
    namespace,
    dataConverter: { payloadConverterPath, payloadCodecs: [signalCodec(sealer)] },
    ...options.tracing,
    ...(activity.length === 0 ? {} : { interceptors: { activity } }),
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
        ...(decisions === undefined ? {} : { decisionUrl: decisions.url }),
        kinds: { steps, checks, sections, rounds },
        heartbeats,
        signs: sealer !== null,
        searchAttributes,
        ...(firstLookMs === undefined ? {} : { firstLookMs }),
        ...(publishClock === undefined ? {} : { publishClock }),
      }),
    },
  });
  const workers = [main];
  for (const queue of sideQueues) {
    workers.push(
      await Worker.create({
        ...common,
        ...sideWorkerOptions(queue, programs),
        taskQueue: queueFor(taskQueue, queue.of, queue.profile),
        activities: kinds,
      }),
    );
  }
  return workers;
}
