import {
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  StartPipelineExecutionCommand,
  type PipelineDeclaration,
  type PipelineExecution,
  type StageState,
  type StartPipelineExecutionInput,
} from '@aws-sdk/client-codepipeline';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type ServerOptions } from '../../../scripts/sandbox/pipelines/server.ts';
import { Toy } from './toy.ts';

/** The stand-in on toy providers, and the real client. Each answer is checked against botocore's model on its way out. */
export class Bench {
  readonly toy = new Toy();
  readonly stateDir: string;
  client!: CodePipelineClient;
  url = '';
  #stop: () => Promise<void> = () => Promise.resolve();
  #watchers = new Set<() => void>();

  private constructor(stateDir: string) {
    this.stateDir = stateDir;
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<Bench> {
    const bench = new Bench(await mkdtemp(join(tmpdir(), 'phasegate-pipelines-')));
    await bench.serve(options);
    return bench;
  }

  /** Starts the server, again after `halt`. */
  async serve(options: Partial<ServerOptions> = {}): Promise<void> {
    const server = await serve({
      ...{ port: 0, stateDir: this.stateDir, providers: this.toy.providers, rules: [], strict: true },
      onTurn: () => this.#tell(),
      ...options,
    });
    this.url = server.url;
    this.#stop = () => server.stop();
    this.client = clientOf(server.url);
  }

  async halt(): Promise<void> {
    this.client.destroy();
    await this.#stop();
  }

  async stop(): Promise<void> {
    await this.halt();
    await rm(this.stateDir, { recursive: true, force: true });
  }

  async create(pipeline: PipelineDeclaration): Promise<void> {
    await this.client.send(new CreatePipelineCommand({ pipeline }));
  }

  async startExecution(name: string, more: Partial<StartPipelineExecutionInput> = {}): Promise<string> {
    const { pipelineExecutionId } = await this.client.send(new StartPipelineExecutionCommand({ name, ...more }));
    return pipelineExecutionId!;
  }

  async execution(pipelineName: string, pipelineExecutionId: string): Promise<PipelineExecution> {
    const command = new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId });
    return (await this.client.send(command)).pipelineExecution!;
  }

  async stageState(name: string, stage: string): Promise<StageState> {
    const { stageStates = [] } = await this.client.send(new GetPipelineStateCommand({ name }));
    return stageStates.find(({ stageName }) => stageName === stage)!;
  }

  /** Resolves when the execution has the status. */
  async reaches(pipeline: string, id: string, status: PipelineExecution['status']): Promise<PipelineExecution> {
    return this.until(async () => {
      const execution = await this.execution(pipeline, id);
      return execution.status === status ? execution : undefined;
    });
  }

  /** Looks after each change of the state until there is something to see. */
  async until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      // Watched before looking, so that no change is missed.
      const change = new Promise<void>((resolve) => this.#watchers.add(resolve));
      const seen = await look();
      if (seen !== undefined) return seen;
      await change;
    }
  }

  async order(...faults: object[]): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(faults) };
    const response = await fetch(`${this.url}/_phasegate/faults`, init);
    if (!response.ok) throw new Error(await response.text());
  }

  #tell(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    watchers.forEach((told) => told());
  }
}

/** One attempt a call, so that a test sees each answer. */
export function clientOf(endpoint: string): CodePipelineClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new CodePipelineClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}
