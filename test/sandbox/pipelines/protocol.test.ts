import * as codePipeline from '@aws-sdk/client-codepipeline';
import {
  CreatePipelineCommand,
  ListPipelineExecutionsCommand,
  ListPipelinesCommand,
  ListTagsForResourceCommand,
  ListWebhooksCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadServices } from '../../../scripts/sandbox/pipelines/protocol/service.ts';
import { serve } from '../../../scripts/sandbox/pipelines/server.ts';
import { deploy, pipeline, source, stage } from './definitions.ts';
import { Bench } from './harness.ts';

describe('CodePipeline stand-in: protocol and faults', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start();
  });
  afterEach(() => bench.stop());

  const small = (name: string) => pipeline(name, [stage('Deploy', [deploy('Ship')])]);

  it('refuses a request that AWS would refuse, naming the member', async () => {
    await assert.rejects(bench.create(small('no spaces')), {
      name: 'ValidationException',
      message: /^1 validation error detected: Value 'no spaces' at 'pipeline\.name' failed to satisfy constraint/,
    });
    const nameless = { ...small('release'), roleArn: undefined };
    await assert.rejects(bench.client.send(new CreatePipelineCommand({ pipeline: nameless })), {
      name: 'ValidationException',
      message: /Value null at 'pipeline\.roleArn'.*Member must not be null/,
    });
  });

  it('refuses definitions that AWS would refuse', async () => {
    const invalid = (name: string, message: RegExp) => ({ name, message });
    const stages = [stage('Deploy', [deploy('Ship')])];
    const cases: [ReturnType<typeof pipeline>, { name: string; message: RegExp }][] = [
      [pipeline('a', []), invalid('InvalidStructureException', /has 1 stages/)],
      [pipeline('a', [...stages, ...stages]), invalid('InvalidStageDeclarationException', /two stages Deploy/)],
      [
        pipeline('a', [stage('Deploy', [source()])]),
        invalid('InvalidStageDeclarationException', /first stage has source/),
      ],
      [
        pipeline('a', [stage('Deploy', [deploy('Ship', 'succeed', { inputArtifacts: [{ name: 'None' }] })])]),
        invalid('InvalidActionDeclarationException', /no action before it makes None/),
      ],
      [
        pipeline('a', [stage('Deploy', [deploy('Ship', 'succeed', { configuration: { A: '#{variables.X}' } })])]),
        invalid('InvalidActionDeclarationException', /does not declare the variable X/),
      ],
      [
        pipeline('a', [stage('Deploy', [deploy('Ship')], { onFailure: { result: 'ROLLBACK' } })], {
          executionMode: 'PARALLEL',
        }),
        invalid('InvalidStageDeclarationException', /PARALLEL has no rollback/),
      ],
    ];
    for (const [definition, error] of cases) await assert.rejects(bench.create(definition), error);
    await bench.create(small('a'));
    await assert.rejects(bench.create(small('a')), { name: 'PipelineNameInUseException' });
  });

  it('checks each answer of a strict server against the model', async () => {
    const [service] = await loadServices();
    const answer = (value: unknown) => service!.check.answer('StartPipelineExecution', value);
    assert.deepEqual(answer({ pipelineExecutionId: '00000000-0000-4000-8000-000000000000' }), []);
    assert.match(answer({ pipelineExecutionId: 'one' })[0]!, /must match pattern/);
    assert.match(answer({ id: 'one' })[0]!, /must NOT have additional properties/);
  });

  it('has the operations that SPEC.md lists, and no other', async () => {
    const spec = await readFile(join(import.meta.dirname, '../../../scripts/sandbox/pipelines/SPEC.md'), 'utf8');
    const [, text = ''] = /^Not here \(501\): ([^.]*)\./m.exec(spec) ?? [];
    const missing: string[] = [];
    for (const operation of Object.keys(codePipeline).filter((name) => name.endsWith('Command'))) {
      const name = operation.slice(0, -'Command'.length);
      if ((await post(`CodePipeline_20150709.${name}`, '{}')).status === 501) missing.push(name);
    }
    assert.deepEqual(text.split(/,\s+/).sort(), missing.sort());
  });

  it('says so of an operation that it does not have', async () => {
    const webhooks = bench.client.send(new ListWebhooksCommand({}));
    await assert.rejects(webhooks, {
      name: 'NotImplementedException',
      message: /does not have ListWebhooks.*SPEC\.md/,
    });
    const unknown = await post('CodePipeline_20150709.Nothing', '{}');
    assert.deepEqual([unknown.status, unknown.headers.get('x-amzn-errortype')], [400, 'UnknownOperationException']);
  });

  function post(target: string, body: string): Promise<Response> {
    return fetch(bench.url, { method: 'POST', headers: { 'x-amz-target': target }, body });
  }

  it('refuses a body of more than 1 MB, and one that is not JSON', async () => {
    assert.equal((await post('CodePipeline_20150709.ListPipelines', ' '.repeat(1024 * 1024 + 1))).status, 413);
    const broken = await post('CodePipeline_20150709.ListPipelines', '{');
    assert.deepEqual([broken.status, broken.headers.get('x-amzn-errortype')], [400, 'SerializationException']);
  });

  it('a second process on the port fails in one line, and begins nothing', async () => {
    const port = Number(new URL(bench.url).port);
    const second = serve({ port, stateDir: bench.stateDir, providers: bench.toy.providers, rules: [] });
    await assert.rejects(second, { name: 'UserError', message: /cannot listen on port \d+: listen EADDRINUSE/ });
  });

  it('pages lists, and refuses a token that it has not answered', async () => {
    await bench.create(small('release'));
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await bench.startExecution('release'));
    const seen: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const command = new ListPipelineExecutionsCommand({ pipelineName: 'release', maxResults: 2, nextToken });
      const answer = await bench.client.send(command);
      seen.push(...answer.pipelineExecutionSummaries!.map(({ pipelineExecutionId }) => pipelineExecutionId));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(seen, ids.toReversed());
    const bad = new ListPipelineExecutionsCommand({ pipelineName: 'release', nextToken: 'bm9uZQ' });
    await assert.rejects(bench.client.send(bad), { name: 'InvalidNextTokenException' });
  });

  it('tags pipelines', async () => {
    await bench.create(small('release'));
    const resourceArn = 'arn:aws:codepipeline:us-east-1:000000000000:release';
    const tags = [
      { key: 'team', value: 'a' },
      { key: 'cost', value: '1' },
    ];
    await bench.client.send(new TagResourceCommand({ resourceArn, tags }));
    await bench.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    assert.deepEqual((await bench.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, [tags[1]]);
  });

  describe('ordered faults', () => {
    beforeEach(() => bench.create(small('release')));

    it('error: the next calls of the operation fail and do nothing', async () => {
      await bench.order({ kind: 'error', operation: 'StartPipelineExecution', code: 'ConflictException', times: 2 });
      for (const _ of [1, 2]) await assert.rejects(bench.startExecution('release'), { name: 'ConflictException' });
      const id = await bench.startExecution('release');
      const { pipelineExecutionSummaries } = await bench.client.send(
        new ListPipelineExecutionsCommand({ pipelineName: 'release' }),
      );
      assert.deepEqual(
        pipelineExecutionSummaries?.map(({ pipelineExecutionId }) => pipelineExecutionId),
        [id],
      );
    });

    it('lost: the call has its effect, and no answer', async () => {
      await bench.order({ kind: 'lost', operation: 'StartPipelineExecution' });
      await assert.rejects(bench.startExecution('release', { clientRequestToken: 'one' }));
      const list = new ListPipelineExecutionsCommand({ pipelineName: 'release' });
      const [lost] = (await bench.client.send(list)).pipelineExecutionSummaries!;
      assert.equal(await bench.startExecution('release', { clientRequestToken: 'one' }), lost?.pipelineExecutionId);
    });

    it('delay: the answer takes that long', async () => {
      await bench.order({ kind: 'delay', operation: 'ListPipelines', milliseconds: 100 });
      const begun = performance.now();
      await bench.client.send(new ListPipelinesCommand({}));
      assert.ok(performance.now() - begun >= 95);
    });

    it('unseen: a new execution is not found until it has that age', async () => {
      await bench.order({ kind: 'unseen', milliseconds: 60_000 });
      const id = await bench.startExecution('release');
      await assert.rejects(bench.execution('release', id), { name: 'PipelineExecutionNotFoundException' });
      await fetch(`${bench.url}/_phasegate/faults`, { method: 'DELETE' });
      await bench.reaches('release', id, 'Succeeded');
    });

    it('an order that is no fault is refused', async () => {
      await assert.rejects(
        bench.order({ kind: 'delay', operation: 'ListPipelines', milliseconds: 10 ** 9 }),
        /from 1 to 60000/,
      );
      await assert.rejects(bench.order({ kind: 'none', operation: 'x' }), /one of delay, lost, error, unseen/);
    });
  });
});
