import { EC2Client, paginateDescribeFlowLogs, type FlowLog } from '@aws-sdk/client-ec2';
import { sharedClient } from '../clients.ts';
import { fails, holds, type Finding, type Subject } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment } from './live.ts';

/** Whether flow logs of the templates are active, and reach what they write to. */
export async function lookAtFlowLogs(environment: LiveEnvironment): Promise<Finding[]> {
  const resources = ofType(environment, 'AWS::EC2::FlowLog');
  if (resources.length === 0) return [];
  const found: FlowLog[] = [];
  const pages = paginateDescribeFlowLogs(
    { client: sharedClient(EC2Client, environment) },
    // By filter: an id that is gone would be an error.
    { Filter: [{ Name: 'flow-log-id', Values: resources.map(({ physicalId }) => physicalId) }] },
    { abortSignal: environment.signal },
  );
  for await (const { FlowLogs = [] } of pages) found.push(...FlowLogs);
  return resources.map((resource) => {
    const flowLog = found.find(({ FlowLogId }) => FlowLogId === resource.physicalId);
    return judgeFlowLog(subjectOf(environment, resource), flowLog);
  });
}

/** @param flowLog nothing where there is none */
export function judgeFlowLog(subject: Subject, flowLog: FlowLog | undefined): Finding {
  if (flowLog === undefined) return fails(subject, 'does not exist');
  const { FlowLogStatus, DeliverLogsStatus, DeliverLogsErrorMessage = 'no reason given' } = flowLog;
  if (FlowLogStatus !== 'ACTIVE') return fails(subject, `is ${FlowLogStatus ?? 'in no known state'}`);
  if (DeliverLogsStatus === 'FAILED') return fails(subject, `could not deliver: ${DeliverLogsErrorMessage}`);
  return holds(subject, 'is active');
}
