import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { readJson } from '../src/settings/settings.ts';

const Machine = z.strictObject({ clientId: z.string().min(1), clientSecret: z.string().min(1) });

/**
 * TOKEN, or one for the machine client of MACHINE_SECRET_ARN from TOKEN_URL (OAuth 2.0 client credentials). Where AWS_ENDPOINT_URL
 * replaces AWS, the token comes from there: domains of Cognito have host names on AWS alone.
 */
export async function tokenOf(variables: NodeJS.ProcessEnv): Promise<string> {
  const { TOKEN: given, TOKEN_URL, MACHINE_SECRET_ARN: arn, AWS_ENDPOINT_URL: endpoint } = variables;
  const url = endpoint ? new URL('/oauth2/token', endpoint).href : TOKEN_URL;
  if (given) return given;
  if (!url || !arn) throw new Error('set TOKEN, or TOKEN_URL and MACHINE_SECRET_ARN');
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: arn }));
  const { clientId, clientSecret } = readJson(Machine, `secret ${arn}`, SecretString);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders/read orders/write' }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`${url} gave ${response.status}`);
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await response.json());
  return token;
}
