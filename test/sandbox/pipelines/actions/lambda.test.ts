import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { jobOperations } from '../../../../scripts/sandbox/pipelines/actions/index.ts';
import { emulator } from '../../../support/emulator.ts';
import { Actions, bucket, succeeded, zipOf } from './support.ts';

/** A function that does what UserParameters say: it reports to the address that they hold. */
const code = `
exports.handler = async (event) => {
  const job = event['CodePipeline.job'];
  const { configuration } = job.data.actionConfiguration;
  const { url, operation, more, fail } = JSON.parse(configuration.UserParameters);
  const report = async (name, input) => fetch(url + '/' + name, { method: 'POST', body: JSON.stringify({ jobId: job.id, ...input }) });
  if (fail === 'before') throw new Error('the function is broken');
  if (operation === 'continue') {
    const isFirst = job.data.continuationToken === undefined;
    await report('PutJobSuccessResult', isFirst ? { continuationToken: 'next' } : { outputVariables: { token: job.data.continuationToken } });
  } else if (operation !== undefined) {
    await report(operation, more ?? { outputVariables: { artifacts: job.data.inputArtifacts.map(({ name }) => name).join() } });
  }
};
`;

describe('The action Lambda', () => {
  let actions: Actions;
  let server: Server;
  let url: string;
  /** Reports of functions, by operation. */
  const reports: string[] = [];
  const FunctionName = `job-${randomUUID()}`;

  before(async () => {
    await emulator();
    const artifacts = `artifacts-${randomUUID()}`;
    await bucket(artifacts);
    actions = new Actions(await mkdtemp(join(tmpdir(), 'phasegate-actions-')), artifacts);
    const operations = jobOperations(actions.context);
    server = createServer((request, response) => {
      const name = request.url!.slice(1);
      void text(request)
        .then((body) => {
          reports.push(name);
          return operations[name]!(JSON.parse(body));
        })
        .then(
          () => response.end('{}'),
          (error: unknown) => response.writeHead(400).end(String(error)),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const zip = join(actions.stateDir, 'function.zip');
    await zipOf(zip, { 'index.js': code });
    await new LambdaClient({ region: 'eu-west-1' }).send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs20.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/function',
        Code: { ZipFile: await readFile(zip) },
      }),
    );
  });
  beforeEach(() => void reports.splice(0));
  after(async () => {
    server.close();
    await rm(actions.stateDir, { recursive: true, force: true });
  });

  const run = (parameters: object, more: object = {}) =>
    actions.run('Invoke/Lambda', { FunctionName, UserParameters: JSON.stringify({ url, ...parameters }) }, more);

  it('succeeds when the function reports success; its variables are the action’s', async () => {
    const inputs = [await actions.artifact('App', { 'a.txt': 'a' })];
    const wanted = run({ operation: 'PutJobSuccessResult' }, { inputs });
    const outcome = succeeded(await actions.carryOut(wanted));
    assert.deepEqual(outcome.variables, { artifacts: 'App' });
    // After a restart it takes the report that there is, and does not invoke the function again.
    assert.deepEqual(await actions.carryOut(wanted), outcome);
    assert.deepEqual(reports, ['PutJobSuccessResult']);
  });

  it('fails when the function reports failure, with its message', async () => {
    const more = { failureDetails: { type: 'JobFailed', message: 'the smoke test failed' } };
    const outcome = await actions.carryOut(run({ operation: 'PutJobFailureResult', more }));
    assert.equal(outcome.error?.message, 'the smoke test failed');
  });

  it('invokes the function again with its continuation token', async () => {
    const outcome = succeeded(await actions.carryOut(run({ operation: 'continue' })));
    assert.deepEqual(outcome.variables, { token: 'next' });
    assert.equal(reports.length, 2);
  });

  it('fails when the function fails, reports nothing or does not exist', async () => {
    const broken = await actions.carryOut(run({ fail: 'before' }));
    assert.match(broken.error?.message ?? '', /failed \(Unhandled\).*the function is broken/);
    const silent = await actions.carryOut(run({}, { timeoutMinutes: 0.005 }));
    assert.match(silent.error?.message ?? '', /has reported no result/);
    const missing = await actions.carryOut(actions.run('Invoke/Lambda', { FunctionName: 'missing' }));
    assert.match(missing.error?.message ?? '', /ResourceNotFoundException/);
  });

  it('refuses reports for jobs that are not known or have a result', async () => {
    const { PutJobSuccessResult } = jobOperations(actions.context);
    await assert.rejects(PutJobSuccessResult!({ jobId: '../../etc/passwd' }), { code: 'JobNotFoundException' });
    const { externalExecutionId: jobId } = await actions.carryOut(run({ operation: 'PutJobSuccessResult' }));
    await assert.rejects(PutJobSuccessResult!({ jobId }), { code: 'InvalidJobStateException' });
  });
});
