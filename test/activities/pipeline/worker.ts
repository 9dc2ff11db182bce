import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { text } from 'node:stream/consumers';
import type { StepInput } from '../../../src/activities/pipeline/entry.ts';
import { PipelineRun } from '../../../src/activities/pipeline/run.ts';
import { settleRelease } from '../../../src/activities/pipeline/settle.ts';
import { directoryStore } from '../../../src/store/store.ts';
import { stepCall, toolsIn } from '../../support/tools.ts';
import { idOf } from './support.ts';

/** What a process of its own does; as JSON on its standard input. */
export interface Work {
  readonly verb: 'run' | 'settle';
  readonly endpoint: string;
  /** Directory of the records. */
  readonly records: string;
  readonly input: StepInput;
  readonly attempt: number;
  readonly approved?: readonly string[];
  /** Operation after which the process kills itself, before it has seen the answer. */
  readonly killAfter?: string;
}

const work = JSON.parse(await text(process.stdin)) as Work;
const client = new CodePipelineClient({
  region: 'us-east-1',
  endpoint: work.endpoint,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
client.middlewareStack.add(
  (next, { commandName }) =>
    async (args) => {
      try {
        return await next(args);
      } finally {
        if (commandName === `${String(work.killAfter)}Command`) process.kill(process.pid, 'SIGKILL');
      }
    },
  { step: 'initialize' },
);
const { signal } = new AbortController();
const address = { client, region: 'us-east-1', pipeline: work.input.pipeline, signal };
const tools = toolsIn('.', { records: directoryStore(work.records), attempt: work.attempt, signal });
const call = {
  ...stepCall('pipeline', { ...work.input }),
  ...(work.approved === undefined ? {} : { approved: work.approved }),
};
if (work.verb === 'settle') {
  await settleRelease(address, work.input, call, tools, () => undefined);
} else {
  const ended = await new PipelineRun(address, work.input, call, tools, 100).run({
    begunAt: Date.now(),
    isApproved: (awaiting) => call.approved?.includes(idOf(awaiting)) === true,
    onProgress: () => undefined,
  });
  console.log(ended.outcome === 'needs approval' ? idOf(ended) : ended.executionId);
}
