import type { temporal } from '@temporalio/proto';
import { makeCurrent, routingOf, whyIdle, type Deployment } from '../../src/worker/current-version.ts';
import { firstLine } from '../command-line.ts';
import type { ConnectedClient } from '../temporal-client.ts';
import type { Finding } from './finding.ts';

/** A task queue as the server describes it. */
export interface Queue {
  readonly name: string;
  /** The pollers of the last five minutes, as the server lists them. */
  readonly pollers: readonly temporal.api.taskqueue.v1.IPollerInfo[];
  /** The version that gets its tasks; absent where workers without a version get them. */
  readonly goesTo?: Deployment;
}

const what = 'Worker versioning';

/**
 * Looks whether tasks reach the workers that poll: a worker with a version gets no task before its version is current, and a worker
 * without a version gets none once a version is current. Returns no finding where no worker uses versions.
 *
 * @param wanted deployment that the environment names
 */
export async function examineVersions(
  connected: ConnectedClient,
  queue: Queue,
  wanted: Deployment | undefined,
): Promise<Finding[]> {
  const versions = versionsOf(queue);
  if (versions.length === 0 && wanted === undefined) return unversioned(queue);
  const named = wanted === undefined || versions.some((one) => isSame(one, wanted)) ? [] : [wanted];
  const all = [...versions, ...named];
  const names = [...new Set(all.map(({ deploymentName }) => deploymentName))];
  return Promise.all(
    names.map((name) => {
      const ofName = all.filter(({ deploymentName }) => deploymentName === name);
      // The operator means to make the version current that the environment names.
      const next = ofName.find((one) => wanted !== undefined && isSame(one, wanted)) ?? ofName.at(-1);
      return examineDeployment(connected, name, { polling: versions, next });
    }),
  );
}

async function examineDeployment(
  { connection, namespace }: ConnectedClient,
  deploymentName: string,
  { polling, next }: { readonly polling: readonly Deployment[]; readonly next: Deployment | undefined },
): Promise<Finding> {
  try {
    const routing = await routingOf(connection.workflowService, namespace, deploymentName);
    const why = next && whyIdle(routing, next);
    if (next === undefined || why === undefined) {
      return { state: 'ok', what, found: `${deploymentName}: ${routing.current ?? 'no build'} is current` };
    }
    // During a roll-out another build is current, and runs the phases meanwhile.
    const isTaken = polling.some((one) => one.deploymentName === deploymentName && one.buildId === routing.current);
    return { state: isTaken ? 'warn' : 'fail', what, found: why, mend: makeCurrent(namespace, next) };
  } catch (error) {
    const mend = 'ask the operators of the server which version is current';
    return { state: 'warn', what, found: `${deploymentName} cannot be asked about: ${firstLine(error)}`, mend };
  }
}

function unversioned({ name, pollers, goesTo }: Queue): Finding[] {
  if (goesTo === undefined || pollers.length === 0) return [];
  const { deploymentName, buildId } = goesTo;
  return [
    {
      state: 'fail',
      what,
      found: `${name} is for build ${buildId} of deployment ${deploymentName}, and its workers have no version`,
      mend:
        `start them with PHASEGATE_DEPLOYMENT_NAME=${deploymentName} PHASEGATE_BUILD_ID=${buildId}, or ` +
        `temporal worker deployment set-current-version --deployment-name ${deploymentName} --unversioned`,
    },
  ];
}

/** The versions of the pollers, each once. */
function versionsOf({ pollers }: Queue): Deployment[] {
  const versions: Deployment[] = [];
  for (const { deploymentOptions } of pollers) {
    const { deploymentName, buildId, workerVersioningMode } = deploymentOptions ?? {};
    if (!deploymentName || !buildId || Number(workerVersioningMode) !== VERSIONED) continue;
    const version = { deploymentName, buildId };
    if (!versions.some((one) => isSame(one, version))) versions.push(version);
  }
  return versions;
}

/** `WORKER_VERSIONING_MODE_VERSIONED` */
const VERSIONED = 2;

function isSame(one: Deployment, other: Deployment): boolean {
  return one.deploymentName === other.deploymentName && one.buildId === other.buildId;
}
