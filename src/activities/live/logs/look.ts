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
import { Gathered } from '../gathered.ts';
import { lookAtFlowLogs } from '../network/subnets.ts';
import { isGone, ofType, subjectOf, type Look, type LiveEnvironment, type LiveResource } from '../environment.ts';

const POLL_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * Checks that the log groups of the templates exist, have a retention and a KMS key, and give back a line that is written to them.
 * The line is written to a stream of its own, which is deleted again. Also checks the flow logs, since no error shows when they
 * cannot deliver.
 *
 * @param probe name of the stream; the same for each attempt, so that a later attempt deletes the stream of an earlier
 */
export function lookAtLogs(probe: string): Look {
  return async (environment) => {
    const groups = ofType(environment, 'AWS::Logs::LogGroup');
    if (groups.length === 0) return [];
    const names = groups.map(({ physicalId }) => physicalId);
    const live = await described.of(sharedClient(CloudWatchLogsClient, environment), names, environment.signal);
    const found = await aFewAtATime(groups, (group) => judge(environment, group, live.get(group.physicalId), probe));
    return [...found, ...(await lookAtFlowLogs(environment))];
  };
}

async function judge(
  environment: LiveEnvironment,
  resource: LiveResource,
  group: LogGroup | undefined,
  probe: string,
): Promise<Finding> {
  const subject = subjectOf(environment, resource);
  if (group === undefined) return fails(subject, 'does not exist');
  if (group.retentionInDays === undefined) return fails(subject, 'keeps its lines for ever');
  if (group.kmsKeyId === undefined) return fails(subject, 'is not encrypted with a key of its own');
  const isFound = await writeAndFind(environment, resource.physicalId, probe);
  if (!isFound) return unknown(subject, 'does not give back the line that was written to it');
  return holds(subject, `keeps its lines for ${String(group.retentionInDays)} days, encrypted`);
}

/** Log groups that one request to CloudWatch may name. */
const AT_ONCE = 50;

/**
 * Reads log groups by name; a group that does not exist is left out. A group that the answer for all of them lacks is asked for by
 * itself, and so is each group when CloudWatch refuses the request because of one name.
 */
const described = new Gathered(AT_ONCE, async (client: CloudWatchLogsClient, names, abortSignal) => {
  const found = new Map<string, LogGroup>();
  try {
    let pages = 0;
    const input = { logGroupIdentifiers: names };
    for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, input, { abortSignal })) {
      for (const group of logGroups) found.set(group.logGroupName ?? '', group);
      pages += 1;
      if (pages === names.length || names.every((name) => found.has(name))) break;
    }
  } catch (error) {
    if (!isGone(error, 'ResourceNotFoundException', 'InvalidParameterException')) throw error;
  }
  const rest = names.filter((name) => !found.has(name));
  await aFewAtATime(rest, async (name) => {
    const group = await describeGroup(client, name, abortSignal);
    if (group !== undefined) found.set(name, group);
  });
  return found;
});

async function describeGroup(
  client: CloudWatchLogsClient,
  name: string,
  abortSignal: AbortSignal,
): Promise<LogGroup | undefined> {
  const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix: name }, { abortSignal });
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
  // JSON without the fields that metric filters look for.
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
    // Without the signal: the stream must be deleted also after a cancellation.
    await client.send(new DeleteLogStreamCommand(stream)).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    });
  }
}
