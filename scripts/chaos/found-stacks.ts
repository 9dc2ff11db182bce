import {
  CloudFormationClient,
  paginateDescribeStackEvents,
  paginateListChangeSets,
  paginateListStacks,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';

/** The stacks, events and change sets that the emulator holds under one stack name. */
export interface FoundStack {
  readonly ids: readonly string[];
  readonly statuses: readonly string[];
  readonly events: readonly StackEvent[];
  /** Change sets that were not executed. */
  readonly left: readonly string[];
}

/** Asks the emulator for every stack that it remembers, by name. */
export async function findStacks(endpoint: string): Promise<Map<string, FoundStack>> {
  const client = emulatorClient(endpoint);
  try {
    const found = new Map<string, { ids: string[]; statuses: string[]; events: StackEvent[]; left: string[] }>();
    for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
      for (const { StackName = '', StackId = '', StackStatus = '' } of StackSummaries) {
        const one = found.get(StackName) ?? { ids: [], statuses: [], events: [], left: [] };
        found.set(StackName, one);
        one.ids.push(StackId);
        one.statuses.push(StackStatus);
      }
    }
    for (const [name, one] of found) {
      for (const id of one.ids) {
        for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: id })) {
          one.events.push(...StackEvents);
        }
      }
      for await (const { Summaries = [] } of paginateListChangeSets({ client }, { StackName: name })) {
        const unexecuted = Summaries.filter(({ ExecutionStatus }) => ExecutionStatus !== 'EXECUTE_COMPLETE');
        one.left.push(...unexecuted.map(({ ChangeSetName = '' }) => ChangeSetName));
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}

/** A client that calls the emulator's CloudFormation without the proxy. */
export function emulatorClient(endpoint: string): CloudFormationClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new CloudFormationClient({ endpoint, region: 'eu-west-1', credentials });
}
