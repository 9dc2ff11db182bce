import { isGrpcServiceError, type WorkflowService } from '@temporalio/client';

/** A worker deployment version: `PHASEGATE_DEPLOYMENT_NAME` and `PHASEGATE_BUILD_ID`. */
export interface Deployment {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** The versions of a worker deployment that the server sends tasks to. */
export interface Routing {
  /** Build id of the current version. Absent: none is set, and no version gets tasks. */
  readonly current?: string;
  /** Build id of the ramping version, which gets a share of the workflows. */
  readonly ramping?: string;
}

const NOT_FOUND = 5;

/** Asks the server for the routing. A deployment that it does not know, because no worker has polled for it yet, has no current version. */
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

/** The command that makes a build the current version of its deployment. */
export function makeCurrent(namespace: string, { deploymentName, buildId }: Deployment): string {
  return (
    `temporal worker deployment set-current-version --namespace ${namespace} ` +
    `--deployment-name ${deploymentName} --build-id ${buildId}`
  );
}

/** The reason why a build gets no phases; `undefined` when it gets them, or a share of them. */
export function whyIdle({ current, ramping }: Routing, { deploymentName, buildId }: Deployment): string | undefined {
  if (current === buildId || ramping === buildId) return undefined;
  return current === undefined
    ? `deployment ${deploymentName} has no current version, so none of its builds gets phases, ${buildId} included`
    : `the current version of deployment ${deploymentName} is ${current}, so build ${buildId} gets no phases`;
}
