import { isGrpcServiceError, type WorkflowService } from '@temporalio/client';

/** A deployment as a worker names it: `PHASEGATE_DEPLOYMENT_NAME` and `PHASEGATE_BUILD_ID`. */
export interface Deployment {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** Where the server sends what belongs to a deployment. */
export interface Routing {
  /** Build id of the current version; absent: none is set, and no version gets anything. */
  readonly current?: string;
  /** Build id of the version that a share of the workflows goes to. */
  readonly ramping?: string;
}

const NOT_FOUND = 5;

/** Asks the server. A deployment that it does not know yet, because no worker has polled for it, has no current version. */
export async function routingOf(
  service: Pick<WorkflowService, 'describeWorkerDeployment'>,
  namespace: string,
  deploymentName: string,
): Promise<Routing> {
  try {
    const { workerDeploymentInfo } = await service.describeWorkerDeployment({ namespace, deploymentName });
    const { currentDeploymentVersion, rampingDeploymentVersion } = workerDeploymentInfo?.routingConfig ?? {};
    return {
      ...(currentDeploymentVersion?.buildId ? { current: currentDeploymentVersion.buildId } : {}),
      ...(rampingDeploymentVersion?.buildId ? { ramping: rampingDeploymentVersion.buildId } : {}),
    };
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === NOT_FOUND) return {};
    throw error;
  }
}

/** The command after which a build gets what belongs to its deployment. */
export function makeCurrent(namespace: string, { deploymentName, buildId }: Deployment): string {
  return (
    `temporal worker deployment set-current-version --namespace ${namespace} ` +
    `--deployment-name ${deploymentName} --build-id ${buildId}`
  );
}

/** What keeps phases from a build; nothing when it gets them, or a share of them. */
export function whyIdle({ current, ramping }: Routing, { deploymentName, buildId }: Deployment): string | undefined {
  if (current === buildId || ramping === buildId) return undefined;
  return current === undefined
    ? `deployment ${deploymentName} has no current version, so no build of it gets phases, ${buildId} neither`
    : `the current version of deployment ${deploymentName} is ${current}, so build ${buildId} gets no phases`;
}
