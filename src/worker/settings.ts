import { resolve } from 'node:path';
import { isInS3 } from '../record/store.ts';

/** What `PHASEGATE_LOG_LEVEL` takes. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What the environment says about this worker, apart from the connection, which `@temporalio/envconfig` reads. */
export interface Settings {
  /** `PHASEGATE_TASK_QUEUE`, default `phasegate`. AWS waits use the same name with `-aws`. */
  readonly taskQueue: string;
  /** `PHASEGATE_PHASES`, default `./phases`. */
  readonly phasesDir: string;
  /** `PHASEGATE_RECORDS`, default `./records`, or `s3://bucket/prefix`: where hand-overs, histories and notices are kept. */
  readonly records: string;
  /** `PHASEGATE_WEB_UI`: address of Temporal's Web UI; notices link to it. */
  readonly webUi?: string;
  /** `PHASEGATE_LOG_LEVEL`, default `info`. */
  readonly logLevel: LogLevel;
  /** `PHASEGATE_DEPLOYMENT_NAME` and `PHASEGATE_BUILD_ID`, both or neither: worker versioning, AUTO_UPGRADE. */
  readonly deployment?: { readonly deploymentName: string; readonly buildId: string };
}

/** @throws Error with one sentence when the variables contradict each other. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { PHASEGATE_DEPLOYMENT_NAME: deploymentName, PHASEGATE_BUILD_ID: buildId } = env;
  if ((deploymentName === undefined) !== (buildId === undefined)) {
    throw new Error('Set both PHASEGATE_DEPLOYMENT_NAME and PHASEGATE_BUILD_ID, or neither');
  }
  const records = env['PHASEGATE_RECORDS'] ?? 'records';
  return {
    taskQueue: env['PHASEGATE_TASK_QUEUE'] ?? 'phasegate',
    phasesDir: resolve(env['PHASEGATE_PHASES'] ?? 'phases'),
    records: isInS3(records) ? records : resolve(records),
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
