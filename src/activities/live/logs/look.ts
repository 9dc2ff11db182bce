import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  GetLogEventsCommand,
  paginateDescribeLogGroups,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  type LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { lookAtFlowLogs } from '../network/subnets.ts';
import { ofType, subjectOf, type Look, type LiveEnvironment, type LiveResource } from '../environment.ts';

const POLL_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * Whether the log groups of the templates exist, keep what they hold for a stated time, are encrypted with a key of ours, and
 * give back a line that is written to them. The line stands in a stream of its own, which is deleted again. And whether flow logs,
 * which write without anybody noticing when they cannot, do.
 *
 * @param probe names the stream; the same for each attempt, so that a later one deletes what an earlier left
 */
export function lookAtLogs(probe: string): Look {
  return async (environment) => {
    const groups = ofType(environment, 'AWS::Logs::LogGroup');
    if (groups.length === 0) return [];
    const found = await aFewAtATime(groups, (resource) => judge(environment, resource, probe));
    return [...found, ...(await lookAtFlowLogs(environment))];
  };
}

async function judge(environment: LiveEnvironment, resource: LiveResource, probe: string): Promise<Finding> {
  const subject = subjectOf(environment, resource);
  const group = await describeGroup(environment, resource.physicalId);
  if (group === undefined) return fails(subject, 'does not exist');
  if (group.retentionInDays === undefined) return fails(subject, 'keeps its lines for ever');
  if (group.kmsKeyId === undefined) return fails(subject, 'is not encrypted with a key of its own');
  const isFound = await writeAndFind(environment, resource.physicalId, probe);
  if (!isFound) return unknown(subject, 'does not give back the line that was written to it');
  return holds(subject, `keeps its lines for ${String(group.retentionInDays)} days, encrypted`);
}

async function describeGroup(place: LiveEnvironment, name: string): Promise<LogGroup | undefined> {
  const client = sharedClient(CloudWatchLogsClient, place);
  const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix: name }, { abortSignal: place.signal });
  for await (const { logGroups = [] } of pages) {
    const found = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function writeAndFind(place: LiveEnvironment, logGroupName: string, logStreamName: string): Promise<boolean> {
  const client = sharedClient(CloudWatchLogsClient, place);
  const stream = { logGroupName, logStreamName };
  const abortSignal = place.signal;
  // A line of JSON that no metric filter looks for.
  const timestamp = Date.now();
  const message = JSON.stringify({ phasegate: 'probe', at: timestamp });
  await client.send(new CreateLogStreamCommand(stream), { abortSignal }).catch((error: unknown) => {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  });
  try {
    await client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp, message }] }), { abortSignal });
    for (const deadline = Date.now() + LONGEST_MS; Date.now() < deadline;) {
      const read = new GetLogEventsCommand({ ...stream, startFromHead: false });
      const { events = [] } = await client.send(read, { abortSignal });
      if (events.some((event) => event.message === message)) return true;
      await sleep(POLL_MS, undefined, { signal: abortSignal });
    }
    return false;
  } finally {
    // Without the signal: what was written must not stay because somebody stopped waiting.
    await client.send(new DeleteLogStreamCommand(stream)).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    });
  }
}
