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
import { deployedCheck } from '../../../src/activities/pipeline/deployed.ts';
import { hexDigest } from '../../../src/activities/pipeline/engine/running-code.ts';
import type { CheckResult } from '../../../src/contract/kinds.ts';
import { bindContext } from '../../support/bind-context.ts';
import { emulator } from '../../support/emulator.ts';
import { checkCall, toolsIn } from '../../support/tools.ts';

const FUNCTION = 'shop-development-api';

/** A function's code that differs by its text. */
async function codeOf(text: string): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(`exports.handler = async () => ${JSON.stringify(text)};`), 'index.js', {
    mtime: new Date(0),
  });
  zip.end();
  return buffer(zip.outputStream);
}

describe('a deployed check', function () {
  this.timeout(120_000);
  let client: LambdaClient;
  const digests: string[] = [];

  async function look(digest: string, alias = 'live'): Promise<CheckResult> {
    const { environments } = bindContext().context;
    const { development } = environments;
    assert.ok(development);
    const { context } = bindContext({ environments: { development } });
    const { input } = deployedCheck.expand({ functions: { [`shop-{environment}-api:${alias}`]: digest } }, context);
    return deployedCheck.run(checkCall('deployed', input), toolsIn('.'));
  }

  before(async () => {
    await emulator();
    client = new LambdaClient({ region: 'eu-west-1' });
    const { CodeSha256: first = '' } = await client.send(
      new CreateFunctionCommand({
        FunctionName: FUNCTION,
        Role: 'arn:aws:iam::000000000000:role/lambda',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: await codeOf('one') },
      }),
    );
    const one = await client.send(new PublishVersionCommand({ FunctionName: FUNCTION }));
    await client.send(new CreateAliasCommand({ FunctionName: FUNCTION, Name: 'live', FunctionVersion: one.Version }));
    const { CodeSha256: second = '' } = await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: FUNCTION, ZipFile: await codeOf('two') }),
    );
    await client.send(new PublishVersionCommand({ FunctionName: FUNCTION }));
    digests.push(first, second);
    assert.notEqual(first, second);
  });
  after(() => {
    client.destroy();
  });

  it('passes when the alias runs the code with the digest, in base64 or in hex', async () => {
    const [digest = ''] = digests;
    const found = await look(digest);
    assert.deepEqual([found.state, found.reason], ['passed', '1 alias runs the released code']);
    assert.deepEqual(await look(hexDigest(digest) ?? ''), found);
  });

  it('fails with both digests when the alias runs other code, although the newest code of the function is right', async () => {
    const [ran = '', released = ''] = digests.map((digest) => hexDigest(digest)?.slice(0, 12) ?? '');
    assert.deepEqual(await look(digests[1] ?? ''), {
      state: 'failed',
      reason: `development/${FUNCTION}:live runs version 1 with code ${ran}, and ${released} was released`,
    });
  });

  it('fails for an alias that does not exist', async () => {
    assert.deepEqual(await look(digests[0] ?? '', 'blue'), {
      state: 'failed',
      reason: `development/${FUNCTION}:blue does not exist`,
    });
  });

  it('cannot tell while the alias sends a part of its traffic to another version', async () => {
    const shift = { FunctionName: FUNCTION, Name: 'live', FunctionVersion: '1' };
    await client.send(new UpdateAliasCommand({ ...shift, RoutingConfig: { AdditionalVersionWeights: { 2: 0.1 } } }));
    const { state, reason } = await look(digests[0] ?? '');
    await client.send(new UpdateAliasCommand({ ...shift, RoutingConfig: { AdditionalVersionWeights: {} } }));
    assert.equal(state, 'inconclusive');
    assert.match(reason, /sends 10 % of its traffic to version 2$/);
  });

  it('tells a digest that is none', async () => {
    await assert.rejects(look('v1.2.3'), /the digest for development\/shop-development-api:live is no SHA-256/);
  });
});
