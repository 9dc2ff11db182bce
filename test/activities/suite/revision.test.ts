import {
  CreateAliasCommand,
  CreateFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { SuitePlace } from '../../../src/activities/suite/entry.ts';
import { readRevision } from '../../../src/activities/suite/revision.ts';
import { emulator } from '../../support/emulator.ts';
import { Folders } from '../../support/folders.ts';
import { toolsIn } from '../../support/tools.ts';
import { junit, runSuite, writes } from './fixture.ts';

async function codeOf(text: string): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`exports.handler = async () => ${JSON.stringify(text)};`), 'index.js', {
    mtime: new Date(0),
  });
  zip.end();
  return buffer(zip.outputStream);
}

describe('the revision of a suite', function () {
  this.timeout(120_000);
  let client: LambdaClient;
  let folders: Folders;
  const digests: string[] = [];

  const revision = (...names: readonly string[]) => ({
    functions: names.map((name) => ({
      written: `{environment}-${name}:live`,
      functionName: `testing-${name}`,
      alias: 'live',
    })),
  });
  const place = (...names: readonly string[]): SuitePlace => ({
    suite: 'component',
    environment: 'testing',
    region: 'eu-west-1',
    flaky: 'warn',
    revision: revision(...names),
  });
  const read = (...names: readonly string[]) => readRevision(place(...names), new AbortController().signal);

  /** Publishes code of a function, and returns its digest. */
  async function publish(name: string, text: string, isNew: boolean): Promise<string> {
    const code = { FunctionName: name, ZipFile: await codeOf(text) };
    const { CodeSha256 = '' } = isNew
      ? await client.send(
          new CreateFunctionCommand({
            FunctionName: name,
            Role: 'arn:aws:iam::000000000000:role/lambda',
            Runtime: 'nodejs22.x',
            Handler: 'index.handler',
            Code: { ZipFile: code.ZipFile },
          }),
        )
      : await client.send(new UpdateFunctionCodeCommand(code));
    const { Version } = await client.send(new PublishVersionCommand({ FunctionName: name }));
    if (isNew)
      await client.send(new CreateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion: Version }));
    return Buffer.from(CodeSha256, 'base64').toString('hex');
  }

  before(async () => {
    await emulator();
    client = new LambdaClient({ region: 'eu-west-1' });
    digests.push(await publish('testing-revision-a', 'one', true), await publish('testing-revision-b', 'b', true));
    digests.push(await publish('testing-revision-a', 'two', false));
    folders = await Folders.create({ phase: { empty: '' } });
  });
  after(async () => {
    client.destroy();
    await folders.remove();
  });

  it('is the digest of the code that the alias of a function runs', async () => {
    assert.deepEqual(await read('revision-a'), { revision: digests[0] });
  });

  it('covers the code of several functions, in any order', async () => {
    const both = await read('revision-a', 'revision-b');
    assert.ok('revision' in both && /^[0-9a-f]{64}$/.test(both.revision));
    assert.notEqual(both.revision, digests[0]);
    assert.deepEqual(await read('revision-b', 'revision-a'), both);
  });

  it('cannot be said of a function that does not exist', async () => {
    assert.deepEqual(await read('revision-c'), { state: 'failed', says: 'testing-revision-c:live does not exist' });
  });

  it('is worth another try when it changes while the suite runs', async () => {
    const phaseDir = `${folders.phasesDir}/phase`;
    let deployed: Promise<unknown> | undefined;
    const tools = toolsIn(phaseDir, {
      heartbeat: ({ progress }) => {
        if (progress !== 'running') return;
        const to = { FunctionName: 'testing-revision-a', Name: 'live', FunctionVersion: '2' };
        deployed = client.send(new UpdateAliasCommand(to)).then(() => folders.write('phase', 'deployed', ''));
      },
    });
    const script = `import { existsSync } from 'node:fs';
      console.log('running');
      const timer = setInterval(() => existsSync('deployed') && clearInterval(timer), 20);
      ${writes(junit({ a: '' }))}`;
    await assert.rejects(runSuite(script, tools, { revision: revision('revision-a') }), (error: Error) => {
      assert.notEqual(error.name, 'PermanentError');
      assert.match(error.message, /the revision has changed during the run; it is run again/);
      return true;
    });
    await deployed;
    const { fact } = await runSuite(writes(junit({ a: '' })), toolsIn(phaseDir), { revision: revision('revision-a') });
    assert.equal(fact.revision, digests[2]);
  });
});
