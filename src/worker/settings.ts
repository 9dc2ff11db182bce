import type { BundleOptions, WorkerOptions } from '@temporalio/worker';
import { join, resolve } from 'node:path';
import type { SideQueue } from '../plan/task-queues.ts';
import { isInS3 } from '../store/store.ts';
import { type DecisionSettings, decisionSettings } from './decisions/settings.ts';
import type { WorkerKey } from './sealing/open.ts';

/** The values of `PHASEGATE_LOG_LEVEL`. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The settings of a worker from its environment, except the connection, which `@temporalio/envconfig` reads. */
export interface Settings {
  /** `PHASEGATE_TASK_QUEUE`, default `phasegate`. The names of the queues for long activities begin with it (task-queues.ts). */
  readonly taskQueue: string;
  /** `PHASEGATE_PHASES`, default `./phases`. */
  readonly phasesDir: string;
  /** `PHASEGATE_RECORDS`, default `./records`, or `s3://bucket/prefix`: the storage for hand-overs, histories and notices. */
  readonly records: string;
  /** `PHASEGATE_WORKER_KEY`, a file, or `PHASEGATE_WORKER_SIGNER`, a program: what signs answers. Default: a key beside the records. */
  readonly workerKey?: WorkerKey;
  /** `PHASEGATE_MAX_PROGRAMS`: number of programs that steps may run at a time in this process. The default is in `tuning`. */
  readonly programs?: number;
  /** `PHASEGATE_WEB_UI`: address of Temporal's Web UI, for links in notices. */
  readonly webUi?: string;
  /** `PHASEGATE_LOG_LEVEL`, default `info`. */
  readonly logLevel: LogLevel;
  /** `PHASEGATE_METRICS`, a port or `HOST:PORT`: where Prometheus finds the metrics. A port alone is of 127.0.0.1. */
  readonly metrics?: string;
  /** Where people decide in a browser; absent: nowhere. */
  readonly decisions?: DecisionSettings;
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`, or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, is set: traces are sent there. */
  readonly traces?: true;
  /** `PHASEGATE_DEPLOYMENT_NAME` and `PHASEGATE_BUILD_ID`, both or neither: worker versioning with AUTO_UPGRADE. */
  readonly deployment?: { readonly deploymentName: string; readonly buildId: string };
}

/** @throws Error with one sentence when variables contradict each other, or one has a wrong value */
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
    ...workerKeyOf(env),
    ...(programs === undefined ? {} : { programs }),
    ...(env['PHASEGATE_WEB_UI'] === undefined ? {} : { webUi: env['PHASEGATE_WEB_UI'] }),
    ...metricsOf(env),
    ...decisionSettings(env),
    ...(sendsTraces(env) ? { traces: true as const } : {}),
    logLevel: logLevelOf(env),
    ...(deploymentName === undefined || buildId === undefined ? {} : { deployment: { deploymentName, buildId } }),
  };
}

function workerKeyOf(env: NodeJS.ProcessEnv): Pick<Settings, 'workerKey'> {
  const { PHASEGATE_WORKER_KEY: file, PHASEGATE_WORKER_SIGNER: program } = env;
  if (file !== undefined && program !== undefined) {
    throw new Error('Set one of PHASEGATE_WORKER_KEY and PHASEGATE_WORKER_SIGNER');
  }
  if (program !== undefined) return { workerKey: { program } };
  return file === undefined ? {} : { workerKey: { file: resolve(file) } };
}

function logLevelOf({ PHASEGATE_LOG_LEVEL: given = 'info' }: NodeJS.ProcessEnv): LogLevel {
  const level = logLevels.find((one) => one === given);
  if (level === undefined) throw new Error(`PHASEGATE_LOG_LEVEL is "${given}"; it takes ${logLevels.join(', ')}`);
  return level;
}

function metricsOf({ PHASEGATE_METRICS: given }: NodeJS.ProcessEnv): Pick<Settings, 'metrics'> {
  if (given === undefined) return {};
  const [, host = '127.0.0.1', port = ''] = /^(?:([\d.]+|\[[\da-f:]+\]):)?(\d{1,5})$/i.exec(given) ?? [];
  if (Number(port) >= 1 && Number(port) <= 65_535) return { metrics: `${host}:${port}` };
  throw new Error(
    `PHASEGATE_METRICS is "${given}"; set a port from 1 to 65535, or an IP address and a port: 127.0.0.1:9464`,
  );
}

/** The SDK of OpenTelemetry reads these variables itself; here they are only checked, because it would fail without a word. */
function sendsTraces(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
  const given = names.filter((name) => (env[name] ?? '') !== '');
  for (const name of given) {
    const { [name]: url = '' } = env;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      // It may hold a password.
      throw new Error(`${name} is no address of a collector; set one such as http://127.0.0.1:4318`);
    }
  }
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '';
  if (given.length > 0 && protocol === 'grpc') {
    throw new Error('OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; traces are sent as http/json, usually to port 4318');
  }
  return given.length > 0;
}

function readCount(env: NodeJS.ProcessEnv, name: string, most: number): number | undefined {
  const { [name]: given } = env;
  if (given === undefined) return undefined;
  const count = /^\d+$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > most) throw new Error(`${name} is "${given}"; set a whole number from 1 to ${most}`);
  return count;
}

/**
 * Options to bundle the workflows in a folder of sources, compiled or not.
 *
 * Workflow modules are instantiated once for each worker (`preloadModules`). One instance for each workflow would cost 3 ms in its first
 * workflow task, and 0.15 MB. Therefore no module may hold state of its own; a lint rule enforces it.
 */
export function bundleOptions(
  sources: string,
  extension: '.ts' | '.js',
): Pick<
  BundleOptions,
  'workflowsPath' | 'workflowInterceptorModules' | 'payloadConverterPath' | 'preloadModules' | 'webpackConfigHook'
> {
  const workflowsPath = join(sources, 'workflows', `index${extension}`);
  return {
    workflowsPath,
    workflowInterceptorModules: [join(sources, 'workflows', 'temporal', `interceptors${extension}`)],
    payloadConverterPath: join(sources, 'contract', `payload-converter${extension}`),
    preloadModules: [workflowsPath],
    webpackConfigHook: withoutComments,
  };
}

/** Comments and blanks are a quarter of the bundle, which each worker keeps in memory. Stack traces have their places from the source map. */
const withoutComments: NonNullable<BundleOptions['webpackConfigHook']> = (config) => {
  const rules = (config.module?.rules ?? []).map((rule) => {
    if (typeof rule !== 'object' || rule === null || typeof rule.use !== 'object' || !('options' in rule.use))
      return rule;
    const { use } = rule;
    const given = typeof use.options === 'object' ? use.options : {};
    const { jsc, ...others } = given as { readonly jsc?: object; readonly [option: string]: unknown };
    const minify = { compress: false, mangle: false, format: { comments: false } };
    return { ...rule, use: { ...use, options: { ...others, minify: true, jsc: { ...jsc, minify } } } };
  });
  return { ...config, module: { ...config.module, rules } };
};

/** The same for workers that send traces. Other workers have nothing of it in their bundle. */
export function tracedBundleOptions(...where: Parameters<typeof bundleOptions>): ReturnType<typeof bundleOptions> {
  const [sources, extension] = where;
  const { workflowInterceptorModules = [], ...options } = bundleOptions(...where);
  const tracing = join(sources, 'workflows', 'tracing', `interceptors${extension}`);
  return { ...options, workflowInterceptorModules: [tracing, ...workflowInterceptorModules] };
}

/** All numbers that limit the load of a worker. The SDK's defaults assume a machine that does nothing else. */
export const tuning = {
  /** Workflows in the cache. Beyond the first hundred, a waiting phase takes about 0.25 MB. */
  maxCachedWorkflows: 200,
  maxConcurrentWorkflowTaskExecutions: 40,
  /** Slots of the worker's own queue, for quick activities: briefs, documents, notices, compilation. */
  maxConcurrentActivityTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 50,
  /** Slots for steps that wait for AWS or another service. Each holds one deployment, which mostly waits. */
  maxConcurrentAwsSteps: 100,
  /** Slots for checks that ask AWS or another service. Each makes a few dozen requests, a few at a time. */
  maxConcurrentAwsChecks: 50,
  /**
   * Default number of slots for steps that run a program, which `PHASEGATE_MAX_PROGRAMS` overrides. Each slot is a process with its child
   * processes: Terraform or an AI agent takes about 300 MB, so 20 fit into 8 GB. More steps wait in the queue.
   */
  maxConcurrentPrograms: 20,
  /** Slots for checks that run a program. A scan runs three scanners at a time, of about 300 MB each. */
  maxConcurrentProgramChecks: 10,
  /** An activity learns of its cancellation with the next heartbeat that is sent, so this limits how long a cancellation takes. */
  maxHeartbeatThrottleInterval: '5 seconds',
  /** Time after SIGTERM for activities to reach a point from which the next attempt can continue. */
  shutdownGraceTime: '10 seconds',
  /** Time after SIGTERM at which the process ends in any case. */
  shutdownForceTime: '20 seconds',
} as const;

/** Options of the worker that hosts workflows and quick activities. */
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
 * Options of a worker that hosts long activities, on a queue of its own.
 *
 * @param programs number of programs that steps may run at a time
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
