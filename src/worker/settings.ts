import type { BundleOptions, WorkerOptions } from '@temporalio/worker';
import { join, resolve } from 'node:path';
import type { SideQueue } from '../plan/task-queues.ts';
import { isInS3 } from '../store/store.ts';

/** What `PHASEGATE_LOG_LEVEL` takes. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the environment says about this worker, apart from the connection, which `@temporalio/envconfig` reads. */
export interface Settings {
  /** `PHASEGATE_TASK_QUEUE`, default `phasegate`. What lasts has queues whose names begin with it (task-queues.ts). */
  readonly taskQueue: string;
  /** `PHASEGATE_PHASES`, default `./phases`. */
  readonly phasesDir: string;
  /** `PHASEGATE_RECORDS`, default `./records`, or `s3://bucket/prefix`: where hand-overs, histories and notices are kept. */
  readonly records: string;
  /** `PHASEGATE_MAX_PROGRAMS`: programs that steps run at a time in this process; the default stands in `tuning`. */
  readonly programs?: number;
  /** `PHASEGATE_WEB_UI`: address of Temporal's Web UI; notices link to it. */
  readonly webUi?: string;
  /** `PHASEGATE_LOG_LEVEL`, default `info`. */
  readonly logLevel: LogLevel;
  /** `PHASEGATE_DEPLOYMENT_NAME` and `PHASEGATE_BUILD_ID`, both or neither: worker versioning, AUTO_UPGRADE. */
  readonly deployment?: { readonly deploymentName: string; readonly buildId: string };
}

/** @throws Error with one sentence when the variables contradict each other, or one has a wrong value. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PHASEGATE_DEPLOYMENT_NAME: deploymentName, PHASEGATE_BUILD_ID: buildId } = env;
  if ((deploymentName === undefined) !== (buildId === undefined)) {
    throw new Error('Set both PHASEGATE_DEPLOYMENT_NAME and PHASEGATE_BUILD_ID, or neither');
  }
  const records = env['PHASEGATE_RECORDS'] ?? 'records';
  const programs = readCount(env, 'PHASEGATE_MAX_PROGRAMS', 1000);
  return {
    taskQueue: env['PHASEGATE_TASK_QUEUE'] ?? 'phasegate',
    phasesDir: resolve(env['PHASEGATE_PHASES'] ?? 'phases'),
    records: isInS3(records) ? records : resolve(records),
    ...(programs === undefined ? {} : { programs }),
    ...(env['PHASEGATE_WEB_UI'] === undefined ? {} : { webUi: env['PHASEGATE_WEB_UI'] }),
    logLevel: logLevelOf(env),
    ...(deploymentName === undefined || buildId === undefined ? {} : { deployment: { deploymentName, buildId } }),
  };
}

function logLevelOf({ PHASEGATE_LOG_LEVEL: given = 'info' }: NodeJS.ProcessEnv): LogLevel {
  const level = logLevels.find((one) => one === given);
  if (level === undefined) throw new Error(`PHASEGATE_LOG_LEVEL is "${given}"; it takes ${logLevels.join(', ')}`);
  return level;
}

function readCount(env: NodeJS.ProcessEnv, name: string, most: number): number | undefined {
  const { [name]: given } = env;
  if (given === undefined) return undefined;
  const count = /^\d+$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > most) throw new Error(`${name} is "${given}"; set a whole number from 1 to ${most}`);
  return count;
}

/**
 * How the workflows in a folder of sources, compiled or not, are bundled.
 *
 * Their modules are instantiated once in a worker, not once in every workflow: that would take 3 ms of each one's first task, and
 * 0.15 MB. So no module may hold state of its own; a lint rule sees to that.
 */
export function bundleOptions(
  sources: string,
  extension: '.ts' | '.js',
): Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules' | 'payloadConverterPath' | 'preloadModules'> {
  const workflowsPath = join(sources, 'workflows', `index${extension}`);
  return {
    workflowsPath,
    workflowInterceptorModules: [join(sources, 'workflows', 'temporal', `interceptors${extension}`)],
    payloadConverterPath: join(sources, 'contract', `payload-converter${extension}`),
    preloadModules: [workflowsPath],
  };
}

/** Every number that shapes the load of a worker, in one place; the SDK's defaults are for machines that do nothing else. */
export const tuning = {
  /** Workflows kept in memory; one parked phase costs about a quarter of a megabyte beyond the first hundred. */
  maxCachedWorkflows: 200,
  maxConcurrentWorkflowTaskExecutions: 40,
  /** Slots of the worker's own queue, for what is quick: briefs, documents, notices, compilation. */
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 50,
  /** Slots for steps that wait for AWS: each holds one deployment, which mostly sleeps. */
  maxConcurrentAwsSteps: 100,
  /** Slots for checks that ask AWS: each makes a few dozen requests, a few at a time. */
  maxConcurrentAwsChecks: 50,
  /**
   * Slots for steps that run a program; `PHASEGATE_MAX_PROGRAMS` says otherwise. Each is an operating system's process with what it
   * starts: Terraform or an AI agent takes some 300 MB, so that 20 fit into 8 GB. More wait on the queue.
   */
  maxConcurrentPrograms: 20,
  /** Slots for checks that run a program. A scan runs three scanners of some 300 MB each at once. */
  maxConcurrentProgramChecks: 10,
  /** A cancelled activity hears of it with its next recorded heartbeat, so this bounds how long a cancellation takes. */
  maxHeartbeatThrottleInterval: '5 seconds',
  /** On SIGTERM: time for activities to reach a point from which the next attempt can adopt their work. */
  shutdownGraceTime: '10 seconds',
  /** After that the process ends, whatever an activity does. */
  shutdownForceTime: '20 seconds',
} as const;

/** Options of the worker that hosts workflows and what is quick. */
export const mainWorkerOptions = {
  maxCachedWorkflows: tuning.maxCachedWorkflows,
  maxConcurrentWorkflowTaskExecutions: tuning.maxConcurrentWorkflowTaskExecutions,
  maxConcurrentActivityTaskExecutions: tuning.maxConcurrentActivityTaskExecutions,
  maxConcurrentLocalActivityExecutions: tuning.maxConcurrentLocalActivityExecutions,
  maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
  shutdownGraceTime: tuning.shutdownGraceTime,
  shutdownForceTime: tuning.shutdownForceTime,
} satisfies Partial<WorkerOptions>;

/**
 * Options of a worker that hosts what lasts, on a queue beside the main one.
 *
 * @param programs how many programs steps may run at a time
 */
export function sideWorkerOptions({ of, profile }: SideQueue, programs: number): Partial<WorkerOptions> {
  const slots = {
    wait: { step: tuning.maxConcurrentAwsSteps, check: tuning.maxConcurrentAwsChecks },
    program: { step: programs, check: tuning.maxConcurrentProgramChecks },
  };
  return {
    maxConcurrentActivityTaskExecutions: slots[profile][of],
    maxHeartbeatThrottleInterval: tuning.maxHeartbeatThrottleInterval,
    shutdownGraceTime: tuning.shutdownGraceTime,
    shutdownForceTime: tuning.shutdownForceTime,
  };
}
