import { z } from 'zod';
import { digestOf } from '../../base/digest.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import type { LatestRelease } from './engine/latest.ts';
import { pipelineOf, pipelinePlace } from './place.ts';
import { revisions } from './shape.ts';

const checkEntry = z.union(
  [
    z.string(),
    z.strictObject({
      name: z.string().describe('Name of a pipeline of the playbook.'),
      revisions: revisions.optional().describe("Revisions by source action; they prevail over the playbook's."),
    }),
  ],
  { error: 'the name of a pipeline of the playbook, or {name: …, revisions: …}' },
);

/** `{check: {pipeline: release}}`: the latest release of the revision has succeeded, and nothing else was released since. */
export const pipelineCheck: CheckDefinition<z.output<typeof checkEntry>> = {
  kind: 'pipeline',
  summary: 'the latest execution of a pipeline for the revision has succeeded, and no other one has succeeded since',
  entry: checkEntry,
  profile: 'wait',
  expand(entry, context) {
    const { name, revisions: own } = typeof entry === 'string' ? { name: entry } : entry;
    const found = pipelineOf(name, context, typeof entry === 'string' ? [] : ['name']);
    if (found === undefined) return { label: name, input: {} };
    const { role, ...place } = found.place;
    return {
      label: name,
      input: {
        name,
        ...place,
        ...(role === undefined ? {} : { role }),
        revisions: { ...found.entry.revisions, ...own },
      },
    };
  },
  async run(call, tools) {
    const { CodePipelineClient } = await import('@aws-sdk/client-codepipeline');
    const { sharedClient } = await import('../../aws/clients.ts');
    const { latestRelease } = await import('./engine/latest.ts');
    const { name, pipeline, region, role, revisions: wanted } = checkInput.parse(call.input);
    const address = {
      client: sharedClient(CodePipelineClient, { region, role }),
      region,
      pipeline,
      signal: tools.signal,
    };
    return keepBeating(tools, { pipeline }, async () => conclude(name, pipeline, await latestRelease(address, wanted)));
  },
};

const checkInput = pipelinePlace.extend({ name: z.string(), revisions: z.record(z.string(), z.string()) });

function conclude(name: string, pipeline: string, release: LatestRelease): CheckResult {
  if (release.state !== 'released') {
    const state = release.state === 'running' ? 'inconclusive' : 'failed';
    return { state, reason: `pipeline ${name}: ${release.why}` };
  }
  const { executionId, revisions: ran } = release;
  const what = ran.length === 0 ? '' : ` ${ran.join(', ')}`;
  return {
    state: 'passed',
    reason: `pipeline ${name} has released${what} by execution ${executionId}`,
    evidence: [{ where: `pipeline ${pipeline} execution ${executionId}`, sha256: digestOf({ executionId, ran }) }],
  };
}
