import { CodePipelineClient, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { stepInput, type StepInput } from '../../../src/activities/pipeline/entry.ts';
import type { PipelineAddress } from '../../../src/activities/pipeline/engine/address.ts';
import type { AwaitingApproval, Released } from '../../../src/activities/pipeline/engine/release.ts';
import { PipelineRun } from '../../../src/activities/pipeline/run.ts';
import type { ActivityTools, StepCall } from '../../../src/contract/kinds.ts';
import { PermanentError } from '../../../src/base/errors.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import { stepCall, toolsIn } from '../../support/tools.ts';
import { deploy, pipeline, stage } from '../../sandbox/pipelines/definitions.ts';
import { Bench } from '../../sandbox/pipelines/harness.ts';

/** Milliseconds of waiting for one request, in tests that are not about the pace. */
export const QUICK = 100;

/** Both point to the stand-in, which has no logs. */
const ENDPOINTS = ['AWS_ENDPOINT_URL_CODEPIPELINE', 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'];

/** Points the clients of this process at a stand-in. Returns what takes that back. */
export function pointAt({ url }: { readonly url: string }): () => void {
  const set: Record<string, string> = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  for (const name of ENDPOINTS) set[name] = url;
  const before = { ...process.env };
  Object.assign(process.env, set);
  return () => {
    for (const name of Object.keys(set)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  };
}

/** What a step says that fails for good. */
export async function refusal(ended: Promise<unknown>): Promise<string> {
  try {
    await ended;
  } catch (error) {
    assert.ok(error instanceof PermanentError, String(error));
    return error.message;
  }
  throw new Error('it did not fail');
}

/** Pipelines on the stand-in, and steps that release through them. */
export class Releases {
  readonly bench: Bench;
  /** Operations, one for each request of the engine. */
  readonly asked: string[] = [];
  readonly #clients: CodePipelineClient[] = [];

  private constructor(bench: Bench) {
    this.bench = bench;
  }

  static async start(): Promise<Releases> {
    return new Releases(await Bench.start());
  }

  /** Starts the stand-in again with other options. */
  async restart(options: Parameters<Bench['serve']>[0]): Promise<void> {
    await this.bench.halt();
    await this.bench.serve(options);
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.bench.stop();
  }

  /** Creates the pipeline `release`: one stage, one action. */
  async create(way: 'succeed' | 'fail' | 'hang' = 'succeed', more: Parameters<typeof pipeline>[2] = {}): Promise<void> {
    await this.bench.create(pipeline('release', [stage('Deploy', [deploy('Ship', way)])], more));
  }

  /** Ids of its executions, the newest first. */
  async executions(): Promise<string[]> {
    const command = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const { pipelineExecutionSummaries = [] } = await this.bench.client.send(command);
    return pipelineExecutionSummaries.map(({ pipelineExecutionId = '' }) => pipelineExecutionId);
  }

  /** A client of the engine, which is not that of the test: its requests are counted. */
  address(pipeline: string, signal = new AbortController().signal): PipelineAddress {
    const client = new CodePipelineClient({
      endpoint: this.bench.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (input) => {
          this.asked.push(commandName.replace(/Command$/, ''));
          return next(input);
        },
      { step: 'initialize' },
    );
    this.#clients.push(client);
    return { client, region: 'us-east-1', pipeline, signal };
  }

  /** Resolves with what a look finds, once it finds something. */
  async waitFor<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await sleep(20);
    }
  }

  /** One attempt of a step. */
  attempt(given: Partial<StepInput> = {}, { tools, call, everyMs = QUICK, log }: Attempt = {}): Attempted {
    const input = stepInput.parse({ ...defaults, ...given });
    const using = toolsIn('.', tools);
    const of: StepCall = { ...stepCall('pipeline', input), ...call };
    const shown: JsonObject[] = [];
    const read = log === undefined ? {} : { readLog: log };
    const address = { ...this.address(input.pipeline, using.signal), ...read };
    const ended = new PipelineRun(address, input, of, using, everyMs).run({
      begunAt: Date.now(),
      isApproved: (awaiting) => (call?.approved ?? []).includes(idOf(awaiting)),
      onProgress: (progress) => shown.push(progress as unknown as JsonObject),
    });
    return { ended, shown, call: of, tools: using, address, input };
  }
}

export interface Attempt {
  readonly tools?: Partial<ActivityTools>;
  readonly call?: Partial<StepCall>;
  readonly everyMs?: number;
  /** Answers with the last lines of a log. */
  readonly log?: (arn: string) => Promise<readonly string[]>;
}

export interface Attempted {
  readonly ended: Promise<Released | AwaitingApproval>;
  /** Progress that was shown. */
  readonly shown: readonly JsonObject[];
  readonly call: StepCall;
  readonly tools: ActivityTools;
  readonly address: PipelineAddress;
  readonly input: StepInput;
}

/** What a person would agree to. */
export function idOf({ executionId, stage, action, actionExecutionId }: AwaitingApproval): string {
  return [executionId, stage, action, actionExecutionId].join(' ');
}

const defaults: StepInput = {
  name: 'release',
  pipeline: 'release',
  region: 'us-east-1',
  variables: {},
  revisions: {},
  clears: [],
};
