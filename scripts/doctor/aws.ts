import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';

/** Looks whether AWS calls would find an endpoint and credentials. Makes no call to AWS itself. */
export async function examineAws(): Promise<Finding[]> {
  const endpoint = process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'] ?? process.env['AWS_ENDPOINT_URL'];
  return [...(endpoint ? [await examineEndpoint(endpoint)] : []), await examineCredentials(endpoint)];
}

async function examineEndpoint(endpoint: string): Promise<Finding> {
  const what = 'AWS endpoint';
  try {
    // Any answer will do. The request has no signature, so the answer is an error.
    await fetch(endpoint, { signal: AbortSignal.timeout(3000) });
    return { state: 'ok', what, found: `${endpoint}, in place of AWS` };
  } catch {
    return {
      state: 'fail',
      what,
      found: `no answer at ${endpoint}`,
      mend: 'npm run sandbox, or unset AWS_ENDPOINT_URL',
    };
  }
}

async function examineCredentials(endpoint: string | undefined): Promise<Finding> {
  const what = 'AWS credentials';
  try {
    const client = new CloudFormationClient({ region: 'eu-west-1' });
    const { accessKeyId } = await client.config.credentials();
    const account = endpoint ? '' : '; steps that deploy act on the account they belong to';
    return { state: 'ok', what, found: `${accessKeyId.slice(0, 4)}…${account}` };
  } catch (error) {
    const mend =
      'aws configure, AWS_PROFILE, or the variables that npm run sandbox prints; phases without AWS need none';
    return { state: 'warn', what, found: firstLine(error), mend };
  }
}
