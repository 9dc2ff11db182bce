import { URLSearchParams } from 'node:url';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';

const PATIENCE_MS = 20_000;

/** Both of the API's scopes. */
export const SCOPES = 'orders/read orders/write';

/** Id and secret of a client of the user pool that `variables` name. */
export async function clientOf(variables, ClientId = variables.MACHINE_CLIENT_ID) {
  const cognito = new CognitoIdentityProviderClient({ region: variables.AWS_REGION });
  const command = new DescribeUserPoolClientCommand({ UserPoolId: variables.USER_POOL_ID, ClientId });
  const { UserPoolClient } = await cognito.send(command);
  return { id: ClientId, secret: UserPoolClient.ClientSecret };
}

/** What the token endpoint answers to client credentials (OAuth 2.0). */
export async function credentialsGrant(variables, { id, secret }, scope = SCOPES) {
  return fetch(`${variables.DOMAIN_URL}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== '' && { scope }) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

/**
 * An access token of the machine client.
 * @param {Record<string, string>} variables of `systemVariables`
 */
export async function machineToken(variables, scope = SCOPES) {
  const answer = await credentialsGrant(variables, await clientOf(variables), scope);
  if (!answer.ok) throw new Error(`${answer.url} has answered ${answer.status}`);
  return (await answer.json()).access_token;
}
