import { CodePipelineClient, CreatePipelineCommand, StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../scripts/command-line.ts';
import type { ActionProvider } from '../scripts/sandbox/pipelines/action.ts';
import { serve } from '../scripts/sandbox/pipelines/server.ts';
import { describeExecution, recentExecutions } from '../src/activities/pipeline/engine/executions.ts';
import type { PipelineAddress } from '../src/activities/pipeline/engine/address.ts';
import { releaseThrough } from '../src/activities/pipeline/engine/release.ts';
import { atMost, figure, type Figure } from './figures.ts';

const PIPELINES = 50;
/** Releases before those that are measured, from which the lengths are known. */
const EARLIER = 3;
const MEASURED = 2;
/** Pipelines take from this many milliseconds to twice as many. */
const SHORTEST_MS = 20_000;
/** Each release takes up to this part longer or shorter than its pipeline does on average. */
const VARIES = 0.02;
const NOTICED_MS = 1_000;
const BUDGET_MS = 5_000;
const region = 'us-east-1';

interface Measured {
  /** Milliseconds from the end of an execution to its notice. */
  readonly noticed: number;
  /** Milliseconds from the start of an execution to its notice. */
  readonly waited: number;
  /** Requests in that time. */
  readonly requests: number;
}

/** Follows 50 pipelines of the stand-in at once, and compares notice and requests with their budgets. */
export async function benchPipelines(say: (line: string) => void): Promise<Figure[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'phasegate-bench-pipelines-'));
  const server = await serve({ port: 0, stateDir, providers: timed, rules: [] });
  const client = new CodePipelineClient({
    endpoint: server.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const requests = counted(client);
  try {
    const names = Array.from({ length: PIPELINES }, (_, index) => `pipeline-${index}`);
    const lengths = new Map(names.map((name, index) => [name, SHORTEST_MS * (1 + index / PIPELINES)]));
    await Promise.all(names.map((name) => create(client, name)));
    const measured: Measured[] = [];
    for (let round = 1; round <= EARLIER + MEASURED; round += 1) {
      say(`${PIPELINES} releases at once, ${round} of ${EARLIER + MEASURED} …`);
      const all = await Promise.all(
        names.map(async (name) => {
          const milliseconds = (lengths.get(name) ?? 0) * (1 + VARIES * (2 * Math.random() - 1));
          const address = { client, region, pipeline: name, signal: new AbortController().signal };
          return round <= EARLIER
            ? releaseUnseen(address, milliseconds)
            : releaseSeen(address, milliseconds, `${round}`, requests);
        }),
      );
      measured.push(...all.flatMap((one) => one ?? []));
    }
    return figuresOf(measured, say);
  } finally {
    client.destroy();
    await server.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

function figuresOf(measured: readonly Measured[], say: (line: string) => void): Figure[] {
  const noticed = measured.map((one) => one.noticed).toSorted((one, other) => one - other);
  const at = (share: number) => noticed[Math.ceil(noticed.length * share) - 1] ?? Number.NaN;
  const perBudget = (one: Measured) => one.requests / (one.waited / BUDGET_MS);
  const total = (of: (one: Measured) => number) => measured.reduce((sum, one) => sum + of(one), 0);
  const most = Math.max(...measured.map(perBudget));
  say(
    `noticed: median ${Math.round(at(0.5))} ms, most ${Math.round(at(1))} ms; requests for 5 s: most ${most.toFixed(2)}`,
  );
  return [
    figure(['noticed after the end, p95', 'budget', 'ms'], { measured: at(0.95), baseline: NOTICED_MS }, atMost(1)),
    figure(
      ['requests for 5 s of waiting', 'budget', ''],
      { measured: total((one) => one.requests) / (total((one) => one.waited) / BUDGET_MS), baseline: 1 },
      atMost(1),
    ),
  ];
}

/** Providers whose deployments take as long as the execution's variable says. */
const timed: readonly ActionProvider[] = [
  {
    type: { category: 'Source', owner: 'AWS', provider: 'S3' },
    async run({ folder }) {
      const file = join(folder, 'Code.zip');
      await writeFile(file, '');
      return { status: 'Succeeded', revision: { revisionId: 'v1' }, artifacts: { Code: file } };
    },
  },
  {
    type: { category: 'Deploy', owner: 'AWS', provider: 'CloudFormation' },
    async run({ configuration }, { signal }) {
      await delay(Number(configuration['Milliseconds']), undefined, { signal });
      return { status: 'Succeeded' };
    },
  },
];

async function create(client: CodePipelineClient, name: string): Promise<void> {
  const pipeline = {
    name,
    roleArn: 'arn:aws:iam::000000000000:role/pipeline',
    artifactStore: { type: 'S3' as const, location: 'artifacts' },
    pipelineType: 'V2' as const,
    executionMode: 'QUEUED' as const,
    variables: [{ name: 'Milliseconds', defaultValue: '1' }],
    stages: [
      {
        name: 'Source',
        actions: [
          {
            name: 'Fetch',
            actionTypeId: { category: 'Source' as const, owner: 'AWS' as const, provider: 'S3', version: '1' },
            configuration: { S3Bucket: 'code', S3ObjectKey: 'code.zip' },
            outputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
      {
        name: 'Deploy',
        actions: [
          {
            name: 'Ship',
            actionTypeId: {
              category: 'Deploy' as const,
              owner: 'AWS' as const,
              provider: 'CloudFormation',
              version: '1',
            },
            configuration: { Milliseconds: '#{variables.Milliseconds}' },
            inputArtifacts: [{ name: 'Code' }],
          },
        ],
      },
    ],
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
}

/** Counts the requests for each pipeline. */
function counted(client: CodePipelineClient): Map<string, number> {
  const requests = new Map<string, number>();
  client.middlewareStack.add(
    (next) => (args) => {
      const { pipelineName, name } = args.input as { readonly pipelineName?: string; readonly name?: string };
      const pipeline = pipelineName ?? name ?? '';
      requests.set(pipeline, (requests.get(pipeline) ?? 0) + 1);
      return next(args);
    },
    { step: 'initialize' },
  );
  return requests;
}

async function releaseUnseen({ client, pipeline }: PipelineAddress, milliseconds: number): Promise<undefined> {
  const variables = [{ name: 'Milliseconds', value: String(Math.round(milliseconds)) }];
  await client.send(new StartPipelineExecutionCommand({ name: pipeline, variables }));
  await delay(milliseconds + 2_000);
}

async function releaseSeen(
  address: PipelineAddress,
  milliseconds: number,
  identity: string,
  requests: Map<string, number>,
): Promise<Measured> {
  let started = 0;
  let before = 0;
  const since = Date.now();
  const variables = { Milliseconds: String(Math.round(milliseconds)) };
  const token = `bench-${address.pipeline}-${identity}`;
  const release = { token, variables, revisions: {}, since, isFirstAttempt: true };
  const settings = { clears: [], by: 'bench' };
  const { executionId } = await releaseThrough(address, release, settings, {
    begunAt: since,
    isApproved: () => false,
    onStarted: async () => {
      started = Date.now();
      before = requests.get(address.pipeline) ?? 0;
    },
    onProgress: () => undefined,
  });
  const ended = Date.now();
  const sent = (requests.get(address.pipeline) ?? 0) - before;
  if ((await describeExecution(address, executionId))?.status !== 'Succeeded') {
    throw new UserError(`${address.pipeline} has not succeeded`);
  }
  for await (const summary of recentExecutions(address, { pages: 1, size: 10 })) {
    if (summary.pipelineExecutionId !== executionId) continue;
    const end = summary.lastUpdateTime?.getTime() ?? ended;
    return { noticed: ended - end, waited: ended - started, requests: sent };
  }
  throw new UserError(`${address.pipeline} does not list execution ${executionId}`);
}
