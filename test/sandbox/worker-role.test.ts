import assert from 'node:assert/strict';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import { workerCredentials } from '../../scripts/sandbox/worker-role.ts';
import { clientFor, type ClientOptions } from '../support/emulator-stacks.ts';
import { freePort } from '../support/sandbox.ts';

describe("the worker's role of phase 4", function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let options: ClientOptions;

  before(async () => {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0, auth: true });
    const variables = await workerCredentials(emulator.url, join(root, 'phases', 'phase-4', 'worker-role.yaml'));
    const credentials = {
      accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: variables['AWS_SESSION_TOKEN'] ?? '',
    };
    options = { ...clientFor(emulator), credentials };
  });

  after(() => emulator.stop());

  it('is not root', async () => {
    const { Arn } = await new STSClient(options).send(new GetCallerIdentityCommand());
    assert.match(Arn ?? '', /assumed-role\/phasegate-worker-WorkerRole-\w+\/worker$/);
  });

  it('makes nobody, and acts in no role but those of the agents', async () => {
    const user = new CreateUserCommand({ UserName: 'mallory' });
    await assert.rejects(new IAMClient(options).send(user), /WorkerRole.*is not authorized to perform: iam:CreateUser/);
    const role = new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::000000000000:role/phase-4-development-application-OrdersRole-1',
      RoleSessionName: 'worker',
    });
    await assert.rejects(new STSClient(options).send(role), /is not authorized to perform: sts:AssumeRole/);
  });
});
