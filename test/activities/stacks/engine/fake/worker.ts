import { text } from 'node:stream/consumers';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { deployStack } from '../../../../../src/activities/stacks/engine/deploy.ts';
import type { StackDeployment } from '../../../../../src/activities/stacks/engine/deployment.ts';
import { settleStack } from '../../../../../src/activities/stacks/engine/settle.ts';

/** What a process of its own does; as JSON on its standard input. */
export interface Work {
  readonly verb: 'deploy' | 'settle';
  readonly endpoint: string;
  readonly deployment: Omit<StackDeployment, 'client' | 'signal'>;
}

const { verb, endpoint, deployment } = JSON.parse(await text(process.stdin)) as Work;
const client = new CloudFormationClient({
  region: deployment.region,
  endpoint,
  credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
});
const work = { ...deployment, client, signal: new AbortController().signal };
const carryOut = verb === 'deploy' ? deployStack : settleStack;
await carryOut(work, { shortestPauseMs: 2 });
