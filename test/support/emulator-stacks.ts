import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';

export interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Options of an AWS client for an emulator of a test's own; the key `test` is root there. */
export function clientFor({ url }: { readonly url: string }): ClientOptions {
  return {
    region: 'eu-west-1',
    endpoint: url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

export type Outputs = Readonly<Record<string, string>>;

/** Stacks of an emulator, by CloudFormation's API. Each operation is waited for. */
export class Stacks {
  private readonly client: CloudFormationClient;

  constructor(options: ClientOptions) {
    this.client = new CloudFormationClient(options);
  }

  async create(StackName: string, TemplateBody: string): Promise<Outputs> {
    await this.client.send(new CreateStackCommand({ StackName, TemplateBody, ...capabilities }));
    return this.settled(StackName, waitUntilStackCreateComplete(this.waiting, { StackName }));
  }

  async update(StackName: string, TemplateBody: string): Promise<Outputs> {
    await this.client.send(new UpdateStackCommand({ StackName, TemplateBody, ...capabilities }));
    return this.settled(StackName, waitUntilStackUpdateComplete(this.waiting, { StackName }));
  }

  async remove(StackName: string): Promise<void> {
    await this.client.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete(this.waiting, { StackName });
  }

  private get waiting() {
    return { client: this.client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.2 };
  }

  private async settled(StackName: string, waited: Promise<unknown>): Promise<Outputs> {
    try {
      await waited;
    } catch (error) {
      const { StackEvents = [] } = await this.client.send(new DescribeStackEventsCommand({ StackName }));
      const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
      throw new Error(failed.map((event) => event.ResourceStatusReason).join('\n') || String(error), { cause: error });
    }
    const { Stacks: [stack] = [] } = await this.client.send(new DescribeStacksCommand({ StackName }));
    const outputs = stack?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  }
}

const capabilities = { Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_NAMED_IAM' as const] };

/** Calls an operation of a JSON service for which the project has no client. IAM must be off: the request is not signed. */
export async function callJson<T>(url: string, service: string, target: string, input: object): Promise<T> {
  const scope = `Credential=test/20260101/eu-west-1/${service}/aws4_request`;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(input),
  });
  const body = (await response.json()) as T & { message?: string };
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body;
}
