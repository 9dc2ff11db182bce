import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

/** Lines of a log that are read. */
const LINES = 8;
/** The lines only explain a failure, which does not wait longer for them. */
const LONGEST_MS = 5_000;

/** A log stream of CloudWatch Logs. */
export interface LogStream {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

/** Reads the ARN of a log stream; `undefined` when it is not one. */
export function readLogArn(arn: string): LogStream | undefined {
  const [, region, group, stream] = /^arn:[^:]*:logs:([^:]+):[^:]*:log-group:([^:]+):log-stream:(.+)$/.exec(arn) ?? [];
  return region === undefined || group === undefined || stream === undefined ? undefined : { region, group, stream };
}

/** The last lines of a log stream, without those that are empty. */
export async function lastLines(
  client: CloudWatchLogsClient,
  { group, stream }: LogStream,
  signal: AbortSignal,
): Promise<string[]> {
  const command = new GetLogEventsCommand({
    logGroupName: group,
    logStreamName: stream,
    startFromHead: false,
    limit: LINES,
  });
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const { events = [] } = await client.send(command, { abortSignal });
  return events.map(({ message = '' }) => message.trim()).filter((line) => line !== '');
}
