import assert from 'node:assert/strict';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { PermanentError } from '../../src/base/errors.ts';
import { explained } from '../../src/aws/errors.ts';
import { findStack } from '../../src/activities/stacks/engine/find.ts';
import { freePort } from '../support/sandbox.ts';

const address = {
  client: new CloudFormationClient({ region: 'eu-west-1' }),
  region: 'eu-west-1',
  stackName: 'phase-4-development-network',
  signal: new AbortController().signal,
};

describe('errors of AWS', () => {
  it('are worth another attempt while AWS cannot be reached', async () => {
    const client = new CloudFormationClient({
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${await freePort()}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    await assert.rejects(findStack({ ...address, client }), (error: Error) => {
      assert.ok(!(error instanceof PermanentError));
      assert.match(error.message, /CloudFormation in eu-west-1 cannot be reached \(ECONNREFUSED\)/);
      return true;
    });
  });

  it('are for a person where no repetition helps', async () => {
    for (const name of ['ValidationError', 'AccessDenied', 'InsufficientCapabilitiesException']) {
      await assert.rejects(failWith(name, 'because'), (error: Error) => {
        assert.ok(error instanceof PermanentError);
        assert.match(error.message, /^Stack phase-4-development-network: \w+: because/);
        return true;
      });
    }
    await assert.rejects(failWith('Throttling', 'Rate exceeded'), (error) => !(error instanceof PermanentError));
  });

  it('do not repeat what AWS says of credentials', async () => {
    // The query protocol has the first name, JSON services the second.
    for (const name of ['SignatureDoesNotMatch', 'InvalidSignatureException']) {
      await assert.rejects(failWith(name, 'x-amz-security-token:secret'), (error: Error) => {
        assert.doesNotMatch(error.message, /secret/);
        assert.ok(error.message.includes(`does not take the worker's credentials (${name})`));
        return true;
      });
    }
  });

  it('give way to the reason of whoever aborted the request', async () => {
    const aborted = new AbortController();
    const reason = new Error('cancelled');
    aborted.abort(reason);
    await assert.rejects(
      explained({ ...address, signal: aborted.signal }, () => Promise.reject(new Error('Request aborted'))),
      (error) => error === reason,
    );
  });
});

function failWith(name: string, message: string): Promise<never> {
  return explained(address, () => Promise.reject(Object.assign(new Error(message), { name })));
}
