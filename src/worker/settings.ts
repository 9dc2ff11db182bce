import { resolve } from 'node:path';
import { isInS3 } from '../record/store.ts';

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
  /** `PHASEGATE_MAX_PROGRAMS`: programs that steps run at a time in this process; the default stands in tuning.ts. */
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
