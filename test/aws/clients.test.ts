import assert from 'node:assert/strict';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { actAs } from '../../src/aws/acting.ts';
import { accountOf, cloudFormation, sharedClient } from '../../src/aws/clients.ts';
import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import { emulator } from '../support/emulator.ts';

const region = 'eu-west-1';

describe('AWS clients', () => {
  before(emulator);

  it('are shared for a service, region and role, and for nothing less', () => {
    const role = 'arn:aws:iam::111122223333:role/deployer';
    assert.equal(cloudFormation(region), cloudFormation(region));
    assert.equal(cloudFormation(region, role), cloudFormation(region, role));
    assert.notEqual(cloudFormation(region), cloudFormation('eu-central-1'));
    assert.notEqual(cloudFormation(region), cloudFormation(region, role));
    assert.notEqual(cloudFormation(region), sharedClient(S3Client, { region }));
  });

  it('slow down together where AWS throttles one, whatever their sessions are called', async () => {
    const role = 'arn:aws:iam::111122223333:role/throttled';
    const strategyOf = (client: CloudFormationClient) => client.config.retryStrategy();
    const [one, other] = ['4.1/a1', '4.1/a2'].map((task) =>
      actAs(['phase-4', task], () => cloudFormation(region, role)),
    );
    assert.ok(one && other && one !== other);
    const strategy = await strategyOf(one);
    assert.ok(strategy instanceof AdaptiveRetryStrategy);
    assert.equal(strategy, await strategyOf(other));
    assert.notEqual(strategy, await strategyOf(cloudFormation(region)));
  });

  it('act in the role that is stated, with credentials that expire', async () => {
    const name = `deployer-${Date.now().toString(36)}`;
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
    };
    const created = await sharedClient(IAMClient, { region }).send(
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(policy) }),
    );
    const client = sharedClient(STSClient, { region, role: created.Role?.Arn ?? '' });
    const { Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    assert.match(Arn, new RegExp(`assumed-role/${name}/phasegate$`));
    const { expiration, sessionToken } = await client.config.credentials();
    assert.ok(expiration !== undefined && expiration.getTime() > Date.now());
    assert.ok(sessionToken);
  });

  it('tell which account a role is in, and are asked once', async () => {
    assert.equal(await accountOf({ region }), '000000000000');
    assert.equal(accountOf({ region }), accountOf({ region: 'eu-central-1' }));
  });
});
