import {
  GetPipelineExecutionCommand,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CreatePipelineCommand,
  PutApprovalResultCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ActionRun } from '../../../scripts/sandbox/pipelines/action.ts';
import { startPipelines } from '../../../scripts/sandbox/pipelines.ts';
import { action, deploy, pipeline, stage } from './definitions.ts';
import { Bench, clientOf } from './harness.ts';

/** A stand-in in a process of its own. */
class Standing {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(stateDir: string) {
    const main = join(import.meta.dirname, 'process.ts');
    this.#child = spawn(process.execPath, ['--import', 'tsx', main, '0', stateDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      const watchers = [...this.#watchers];
      this.#watchers.clear();
      watchers.forEach((told) => told());
    });
  }

  /** The rest of the first line that begins with the word. */
  async told(word: string, matches: (rest: string) => boolean = () => true): Promise<string> {
    for (;;) {
      const line = this.#lines.find((one) => one.startsWith(`${word} `) && matches(one.slice(word.length + 1)));
      if (line !== undefined) return line.slice(word.length + 1);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async began(name: string): Promise<ActionRun> {
    return JSON.parse(await this.told('began', (rest) => rest.includes(`"action":"${name}"`))) as ActionRun;
  }

  get begun(): string[] {
    const began = this.#lines.filter((line) => line.startsWith('began '));
    return began.map((line) => (JSON.parse(line.slice('began '.length)) as ActionRun).action);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

describe('CodePipeline stand-in: restarts', () => {
  let stateDir: string;
  let standing: Standing | undefined;

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'phasegate-pipelines-'));
  });
  afterEach(async () => {
    await standing?.kill();
    await rm(stateDir, { recursive: true, force: true });
  });

  it('kill -9 loses no answered request, and hands the same run to its provider again', async () => {
    standing = new Standing(stateDir);
    let client = clientOf(await standing.told('ready'));
    await client.send(
      new CreatePipelineCommand({ pipeline: pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])]) }),
    );
    const start = new StartPipelineExecutionCommand({ name: 'release', clientRequestToken: 'one' });
    const { pipelineExecutionId: id } = await client.send(start);
    const before = await standing.began('Ship');
    await standing.kill();

    standing = new Standing(stateDir);
    client = clientOf(await standing.told('ready'));
    assert.deepEqual(await standing.began('Ship'), before);
    assert.deepEqual(standing.begun, ['Ship']);
    const again = new StartPipelineExecutionCommand({ name: 'release', clientRequestToken: 'one' });
    assert.equal((await client.send(again)).pipelineExecutionId, id);

    standing.signal('SIGUSR2');
    const read = new GetPipelineExecutionCommand({ pipelineName: 'release', pipelineExecutionId: id });
    // The process tells nothing of its own when an execution ends.
    let status: string | undefined;
    while (status !== 'Succeeded') status = (await client.send(read)).pipelineExecution?.status;
    client.destroy();
  });

  it('kill -9 in the middle of a burst: each start that was answered is there, once', async () => {
    standing = new Standing(stateDir);
    let client = clientOf(await standing.told('ready'));
    const slow = pipeline('release', [stage('Deploy', [deploy('Ship', 'hang')])], { executionMode: 'PARALLEL' });
    await client.send(new CreatePipelineCommand({ pipeline: slow }));
    const answered: (string | undefined)[] = [];
    const burst = Array.from({ length: 40 }, async (_, index) => {
      const start = new StartPipelineExecutionCommand({ name: 'release', clientRequestToken: `token-${index}` });
      answered.push((await client.send(start)).pipelineExecutionId);
      if (answered.length === 10) standing?.signal('SIGKILL');
    });
    await Promise.allSettled(burst);
    assert.ok(answered.length >= 10);
    client.destroy();
    await standing.kill();

    standing = new Standing(stateDir);
    client = clientOf(await standing.told('ready'));
    const known: (string | undefined)[] = [];
    for (let index = 0; index < 40; index++) {
      const start = new StartPipelineExecutionCommand({ name: 'release', clientRequestToken: `token-${index}` });
      known.push((await client.send(start)).pipelineExecutionId);
    }
    assert.deepEqual(
      answered.filter((id) => !known.includes(id)),
      [],
    );
    const list = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
    const { pipelineExecutionSummaries = [] } = await client.send(list);
    assert.equal(pipelineExecutionSummaries.length, 40);
    client.destroy();
  });

  it('an approval keeps its token, and is answered after the restart', async () => {
    const bench = await Bench.start();
    await bench.create(pipeline('release', [stage('Gate', [action('Approve', 'Approval')])]));
    const id = await bench.startExecution('release');
    const token = () =>
      bench.until(async () => (await bench.stageState('release', 'Gate')).actionStates?.[0]?.latestExecution?.token);
    const before = await token();
    await bench.halt();
    await bench.serve();
    assert.equal(await token(), before);
    const where = { pipelineName: 'release', stageName: 'Gate', actionName: 'Approve', token: before };
    await bench.client.send(new PutApprovalResultCommand({ ...where, result: { status: 'Approved', summary: '' } }));
    await bench.reaches('release', id, 'Succeeded');
    await bench.stop();
  });

  it('keeps the last executions, as many as it is told, with their folders', async () => {
    const bench = await Bench.start({ kept: 3 });
    await bench.create(pipeline('release', [stage('Deploy', [deploy('Ship')])]));
    const first = await bench.startExecution('release');
    for (let count = 1; count < 5; count++) {
      await bench.reaches('release', await bench.startExecution('release'), 'Succeeded');
    }
    await assert.rejects(bench.execution('release', first), { name: 'PipelineExecutionNotFoundException' });
    const folder = join(bench.stateDir, 'pipelines', 'release');
    assert.equal((await readdir(join(folder, 'executions'))).length, 3);
    assert.equal((await readdir(join(folder, 'runs'))).length, 3);
    await bench.stop();
  });

  it('startPipelines starts the process, which knows what an earlier one was told', async () => {
    for (const expected of [[], ['release']]) {
      const running = await startPipelines({ stateDir });
      const client = clientOf(running.url);
      const { pipelines = [] } = await client.send(new ListPipelinesCommand({}));
      assert.deepEqual(
        pipelines.map(({ name }) => name),
        expected,
      );
      const only = stage('Gate', [action('Approve', 'Approval')]);
      const declared = pipeline('release', [only]);
      const foreign = { ...declared.stages![0]!.actions![0]!.actionTypeId!, provider: 'CodeCommit' };
      const source = { ...declared.stages![0]!.actions![0]!, actionTypeId: foreign };
      const unknown = { ...declared, name: 'other', stages: [stage('Source', [source]), only] };
      await assert.rejects(client.send(new CreatePipelineCommand({ pipeline: unknown })), {
        name: 'InvalidActionDeclarationException',
        message: /the stand-in has no action type Source\/AWS\/CodeCommit/,
      });
      client.destroy();
      await running.stop();
      const bench = await Bench.start({ stateDir });
      if (expected.length === 0) await bench.create(declared);
      await bench.stop();
    }
  });
});
