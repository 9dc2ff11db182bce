import { randomUUID } from 'node:crypto';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourceCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import type { CheckDefinition, CheckResult } from '../../src/contract/kinds.ts';
import { cloudFormation } from '../../src/aws/clients.ts';
import { sha256 } from '../../src/base/digest.ts';
import { bindContext, environment, stackEntry } from './bind-context.ts';
import { checkCall, toolsIn } from './tools.ts';

export const region = 'eu-west-1';

type Resources = { readonly [logicalId: string]: { readonly Type: string; readonly [key: string]: unknown } };

/** An environment `development` of one stack, `app`, on the emulator, and what checks find of it. */
export class LiveStack {
  readonly phase = `t-${randomUUID().slice(0, 8)}`;
  readonly stackName = `${this.phase}-development-app`;
  readonly #template: string;

  private constructor(resources: Resources, outputs: object) {
    this.#template = JSON.stringify({ Resources: resources, Outputs: outputs });
  }

  static async deploy(resources: Resources, outputs: object = {}): Promise<LiveStack> {
    const live = new LiveStack(resources, outputs);
    const client = cloudFormation(region);
    const capabilities = ['CAPABILITY_NAMED_IAM' as const];
    await client.send(
      new CreateStackCommand({ StackName: live.stackName, TemplateBody: live.#template, Capabilities: capabilities }),
    );
    await waitUntilStackCreateComplete(
      { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { StackName: live.stackName },
    );
    return live;
  }

  /** Hex SHA-256 of its template. */
  get digest(): string {
    return sha256(this.#template);
  }

  /** Runs a check as a playbook would have it: `undefined` for the kind alone. */
  async check<Entry>(check: CheckDefinition<Entry>, entry?: unknown): Promise<CheckResult> {
    const { context, problems } = bindContext({
      phase: this.phase,
      environments: { development: environment({ region }) },
      stacks: { app: stackEntry({ template: 'app.json', digest: this.digest }) },
    });
    const { input } = check.expand(check.entry.parse(entry), context);
    if (problems.length > 0) throw new Error(problems.join('; '));
    // As it travels to the activity.
    const travelled = JSON.parse(JSON.stringify(input)) as typeof input;
    return check.run(checkCall(check.kind, travelled), toolsIn('.'));
  }

  /** Id on AWS of one of its resources. */
  async idOf(logicalId: string): Promise<string> {
    const { StackResourceDetail } = await cloudFormation(region).send(
      new DescribeStackResourceCommand({ StackName: this.stackName, LogicalResourceId: logicalId }),
    );
    return StackResourceDetail?.PhysicalResourceId ?? '';
  }

  /** Deploys it with other resources, beside the playbook. */
  async update(resources: Resources): Promise<void> {
    const client = cloudFormation(region);
    const body = JSON.stringify({ Resources: resources });
    await client.send(new UpdateStackCommand({ StackName: this.stackName, TemplateBody: body }));
    await waitUntilStackUpdateComplete(
      { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { StackName: this.stackName },
    );
  }

  async remove(): Promise<void> {
    const client = cloudFormation(region);
    await client.send(new DeleteStackCommand({ StackName: this.stackName }));
    await waitUntilStackDeleteComplete(
      { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { StackName: this.stackName },
    );
  }
}
