import proto, { type temporal } from '@temporalio/proto';
import { queueFor, sideQueues } from '../../src/plan/task-queues.ts';
import { readSettings } from '../../src/worker/settings.ts';
import { searchAttributes } from '../../src/contract/names.ts';
import { firstLine, UserError } from '../command-line.ts';
import { creationCommands } from '../../src/worker/search-attributes.ts';
import { connectClient, type ConnectedClient } from '../temporal-client.ts';
import type { Finding } from './finding.ts';
import { pollersFinding, stillPolling } from './pollers.ts';
import { examineVersions, type Queue } from './versions.ts';

// A CommonJS package whose export names Node cannot see: only the default import has its values.
const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

/** Looks at the server, its namespace and its workers. A failure leaves out the looks that depend on it. */
export async function examineTemporal(): Promise<Finding[]> {
  let connected: ConnectedClient;
  try {
    connected = await connectClient();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ state: 'fail', what: 'Temporal server', found: 'no answer', mend: error.message }];
  }
  try {
    const server = await examineServer(connected);
    const namespace = await examineNamespace(connected);
    if (namespace.state === 'fail') return [server, namespace];
    return [
      server,
      namespace,
      await examineSearchAttributes(connected),
      ...(await examineWorkers(connected)),
      await examineWorkflows(connected),
    ];
  } finally {
    await connected.connection.close();
  }
}

async function examineServer({ connection, address }: ConnectedClient): Promise<Finding> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return { state: 'ok', what: 'Temporal server', found: `${serverVersion ?? 'unknown version'} at ${address}` };
}

async function examineNamespace({ connection, namespace }: ConnectedClient): Promise<Finding> {
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const hours = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 3600;
    return { state: 'ok', what: 'Namespace', found: `${namespace}, forgets closed workflows after ${hours} h` };
  } catch (error) {
    const mend = `temporal operator namespace create --namespace ${namespace}, or set TEMPORAL_NAMESPACE`;
    return { state: 'fail', what: 'Namespace', found: `${namespace}: ${firstLine(error)}`, mend };
  }
}

async function examineSearchAttributes(connected: ConnectedClient): Promise<Finding> {
  const what = 'Search attributes';
  const names = Object.keys(searchAttributes);
  const known = await Promise.all(names.map((name) => canQuery(connected, `${name} IS NULL`)));
  const missing = names.filter((_, index) => known[index] !== true);
  if (missing.length === 0) return { state: 'ok', what, found: `${names.length} registered` };
  const mend =
    'the worker registers them where it may, also while it runs; on Temporal Cloud create them in the namespace settings, ' +
    `elsewhere: ${creationCommands(connected.namespace, missing)}`;
  return { state: 'warn', what, found: `not registered: ${missing.join(', ')}`, mend };
}

async function examineWorkers(connected: ConnectedClient): Promise<Finding[]> {
  const { taskQueue, deployment } = readSettings(process.env);
  const now = Date.now();
  const main = await describeQueue(connected, taskQueue, TASK_QUEUE_TYPE_WORKFLOW);
  const sides = sideQueues.map(async ({ of, profile, summary }) => {
    const queue = await describeQueue(connected, queueFor(taskQueue, of, profile), TASK_QUEUE_TYPE_ACTIVITY);
    return pollersFinding(`Worker, ${summary}`, queue, now);
  });
  return [
    pollersFinding('Worker', main, now),
    ...(await Promise.all(sides)),
    ...(await examineVersions(connected, { ...main, pollers: stillPolling(main, now) }, deployment)),
  ];
}

async function describeQueue(
  { connection, namespace }: ConnectedClient,
  name: string,
  taskQueueType: temporal.api.enums.v1.TaskQueueType,
): Promise<Queue> {
  const { pollers, versioningInfo } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType,
  });
  const { deploymentName, buildId } = versioningInfo?.currentDeploymentVersion ?? {};
  return {
    name,
    pollers: pollers ?? [],
    ...(deploymentName && buildId ? { goesTo: { deploymentName, buildId } } : {}),
  };
}

async function examineWorkflows({ client, connection, namespace }: ConnectedClient): Promise<Finding> {
  const what = 'Running phases';
  const running = await client.workflow.count('WorkflowType = "phase" AND ExecutionStatus = "Running"');
  const stuck: string[] = [];
  // Set by the server on workflows whose tasks keep failing; older servers do not know the attribute.
  const query = 'TemporalReportedProblems IS NOT NULL AND ExecutionStatus = "Running"';
  if (await canQuery({ connection, namespace }, query)) {
    for await (const { workflowId } of client.workflow.list({ query })) stuck.push(workflowId);
  }
  if (stuck.length === 0) return { state: 'ok', what, found: `${running.count}` };
  const mend = `temporal workflow describe --workflow-id ${stuck[0] ?? ''}, and the worker's log`;
  return { state: 'warn', what, found: `${running.count}; stuck: ${stuck.join(', ')}`, mend };
}

/** A visibility query that names an unknown attribute is refused, on every kind of server. */
async function canQuery(
  { connection, namespace }: Pick<ConnectedClient, 'connection' | 'namespace'>,
  query: string,
): Promise<boolean> {
  return connection.workflowService.countWorkflowExecutions({ namespace, query }).then(
    () => true,
    () => false,
  );
}
