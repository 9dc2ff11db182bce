import { z } from 'zod';
import { digestOf } from '../../base/digest.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import { type ActivityTools, NeedsApproval, type StepDefinition, type StepResult } from '../../contract/kinds.ts';
import type { PipelineAddress } from './engine/address.ts';
import type { RanRevision } from './engine/proof.ts';
import type { AwaitingApproval, Released } from './engine/release.ts';
import { pipelineEntry, type PipelineStepEntry, readEntry, type StepInput, stepInput } from './entry.ts';
import { pipelineOf } from './place.ts';

/**
 * `pipeline: release`: releases through a pipeline of CodePipeline, and proves that it ran what was asked for. With
 * `{name: release, retry: failed-actions}` it retries the failed stage, with `{name: release, rollback: Production}` it rolls a stage back.
 */
export const pipelineStep: StepDefinition<PipelineStepEntry> = {
  kind: 'pipeline',
  summary: 'a pipeline of the playbook, run to its end; or its failed stage retried, or a stage rolled back',
  entry: pipelineEntry,
  profile: 'wait',
  coverage: 'automated',
  settles: true,
  deploys: (entry) => [`pipelines.${readEntry(entry).name}`],
  expand(entry, context) {
    const { name, variables, revisions, retry, rollback } = readEntry(entry);
    const found = pipelineOf(name, context, typeof entry === 'string' ? [] : ['name']);
    if (found === undefined) return [];
    const { approvals, deadline, releaseVariable, environment, ...given } = found.entry;
    const verb = retry === undefined ? '' : ' · retry';
    const input: StepInput = {
      name,
      ...found.place,
      variables: { ...given.variables, ...variables },
      // What a retry continues, and a rollback brings back, has revisions of its own.
      revisions: retry === undefined && rollback === undefined ? { ...given.revisions, ...revisions } : {},
      clears: approvals,
      ...(releaseVariable === undefined ? {} : { releaseVariable }),
      ...(deadline === undefined ? {} : { deadlineMs: deadline * 1000 }),
      ...(retry === undefined ? {} : { retry }),
      ...(rollback === undefined ? {} : { rollback }),
    };
    return [
      {
        name,
        hears: {},
        label: rollback === undefined ? `${name}${verb}` : `${name} · roll back ${rollback}`,
        ...(environment === undefined ? {} : { environment }),
        ...(approvals.length === 0 ? {} : { asks: true }),
        input: withoutUndefined(input),
      },
    ];
  },
  async run(call, tools) {
    const { PipelineRun } = await import('./run.ts');
    const input = stepInput.parse(call.input);
    const address = await addressOf(input, tools);
    const begunAt = earlier.safeParse(tools.shown).data?.begunAt ?? Date.now();
    const shown = { pipeline: input.pipeline, begunAt };
    const ended = await keepBeating(tools, { ...shown, status: 'looking' }, (show) =>
      new PipelineRun(address, input, call, tools).run({
        begunAt,
        isApproved: (awaiting) => call.approved?.includes(askingFor(input, awaiting).changes.sha256) === true,
        onProgress: (progress) => {
          show({ ...shown, ...progress });
        },
      }),
    );
    if (ended.outcome === 'needs approval') throw askingFor(input, ended);
    return resultOf(input, address, ended);
  },
  async settle(call, tools) {
    const { settleRelease } = await import('./settle.ts');
    const input = stepInput.parse(call.input);
    const address = await addressOf(input, tools);
    const shown = { pipeline: input.pipeline, status: 'settling' };
    const done = await keepBeating(tools, shown, (show) =>
      settleRelease(address, input, call, tools, (status) => {
        show({ ...shown, status });
      }),
    );
    return { note: `${input.name}: ${done}` };
  },
};

/** Heartbeat details of an earlier attempt. */
const earlier = z.object({ begunAt: z.number() });

/** The input has to be plain JSON. */
function withoutUndefined({ role, ...input }: StepInput) {
  const { releaseVariable, deadlineMs, retry, rollback, ...rest } = input;
  return {
    ...rest,
    ...(role === undefined ? {} : { role }),
    ...(releaseVariable === undefined ? {} : { releaseVariable }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(retry === undefined ? {} : { retry }),
    ...(rollback === undefined ? {} : { rollback }),
  };
}

async function addressOf({ pipeline, region, role }: StepInput, { signal }: ActivityTools): Promise<PipelineAddress> {
  const { CodePipelineClient } = await import('@aws-sdk/client-codepipeline');
  const { sharedClient } = await import('../../aws/clients.ts');
  const client = sharedClient(CodePipelineClient, { region, role });
  return { client, region, pipeline, signal, readLog: (arn) => readLog(arn, role, signal) };
}

async function readLog(arn: string, role: string | undefined, signal: AbortSignal): Promise<readonly string[]> {
  const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
  const { sharedClient } = await import('../../aws/clients.ts');
  const { lastLines, readLogArn } = await import('./engine/log-tail.ts');
  const stream = readLogArn(arn);
  if (stream === undefined) return [];
  return lastLines(sharedClient(CloudWatchLogsClient, { region: stream.region, role }), stream, signal);
}

/** Makes the request for approval. It covers exactly this run of the approval action, in this execution, with these revisions. */
function askingFor({ name, pipeline }: StepInput, awaiting: AwaitingApproval): NeedsApproval {
  const { stage, action, executionId, actionExecutionId, revisions, arn } = awaiting;
  const what = revisions.length === 0 ? '' : ` of revision ${revisions.map(inWords).join(', ')}`;
  const line = `${name}: approval ${stage}/${action}${what}, in execution ${executionId} of pipeline ${pipeline}`;
  return new NeedsApproval([line], `${arn || pipeline} ${executionId} ${stage}/${action} ${actionExecutionId}`);
}

function inWords({ source, revision }: RanRevision): string {
  return `${source} ${revision}`;
}

async function resultOf(input: StepInput, address: PipelineAddress, released: Released): Promise<StepResult> {
  const { explained } = await import('./engine/address.ts');
  const { actionsOf } = await import('./engine/actions.ts');
  const { releaseOutputs } = await import('./engine/outputs.ts');
  const { executionId, revisions, arn } = released;
  const actions = await explained(address, () => actionsOf(address, executionId));
  const verb = input.rollback === undefined ? 'released' : `rolled stage ${input.rollback} back to`;
  const what = revisions.length === 0 ? '' : ` ${revisions.map(inWords).join(', ')}`;
  return {
    outputs: releaseOutputs(executionId, revisions, actions),
    evidence: [
      { where: `${arn || input.pipeline} execution ${executionId}`, sha256: digestOf({ executionId, revisions }) },
    ],
    note: `${input.name} ${verb}${what}`,
  };
}
