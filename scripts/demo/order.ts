import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { UserError } from '../command-line.ts';
import { sandboxEnvironment } from '../sandbox/environment.ts';

const ENVIRONMENT = 'testing';
const PATIENCE_MS = 20_000;

/**
 * Places an order with the service that the phase has released, and reads it, as a client does: with a token from the sandbox's Cognito,
 * through API Gateway and Lambda.
 *
 * @returns what was done, as lines for people; that there is no service, where a person has skipped its release
 * @throws UserError when the service does not do that
 */
export async function placeOrder(endpoint: string, phaseDir: string): Promise<string> {
  const url = await apiUrl(endpoint);
  if (url === undefined) return 'none: the service was not released';
  const api = `${url}/orders`;
  const token = await tokenOf(endpoint, phaseDir);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const lines = [{ sku: 'BOLT-8', quantity: 5, unitPrice: 50 }];
  const placed = await fetch(api, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: JSON.stringify({ customer: 'acme', currency: 'EUR', lines }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const order = await bodyOf(placed, 201);
  const read = await bodyOf(
    await fetch(`${api}/${String(order['id'])}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) }),
    200,
  );
  if (read['total'] !== 250)
    throw new UserError(`the order was read with a total of ${String(read['total'])}, not 250`);
  return [
    `POST ${api} 201, order ${String(order['id'])}`,
    `GET  ${api}/${String(order['id'])} 200, total ${String(read['total'])} EUR`,
  ].join('\n');
}

async function bodyOf(response: Response, expected: number): Promise<{ readonly [key: string]: unknown }> {
  const text = await response.text();
  if (response.status !== expected) throw new UserError(`${response.url} has answered ${response.status}: ${text}`);
  return JSON.parse(text) as { readonly [key: string]: unknown };
}

/** Where the released service answers; nowhere before the release. */
export async function apiUrl(endpoint: string): Promise<string | undefined> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudFormationClient({ endpoint, region: 'eu-west-1', credentials });
  const StackName = `phase-4-${ENVIRONMENT}-application`;
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue;
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/** A token of the service, by the phase's own program, as the README's `curl` gets it. */
export async function tokenOf(endpoint: string, phaseDir: string): Promise<string> {
  const env = { ...process.env, ...sandboxEnvironment({ emulator: endpoint }) };
  const args = [join(phaseDir, 'suites', 'token.mjs'), ENVIRONMENT];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim();
}

/** How a person goes on in a terminal. */
export function tryIt(endpoint: string): string {
  const token = 'node phases/phase-4/suites/token.mjs testing';
  return [
    'To use the released service, in another terminal:',
    ...Object.entries(sandboxEnvironment({ emulator: endpoint })).map(([name, value]) => `  export ${name}=${value}`),
    `  curl -H "authorization: Bearer $(${token})" "$(${token} --url)/orders?state=placed"`,
  ].join('\n');
}
