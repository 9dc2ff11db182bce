/**
 * Prints what a `curl` to the orders service of an environment needs.
 *
 *     node token.mjs ENVIRONMENT [REGION]          an access token of the machine client
 *     node token.mjs ENVIRONMENT [REGION] --url    the address of the API
 */
import { URLSearchParams } from 'node:url';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { outputsOf } from './stacks.mjs';

// It would stand above the token; Node 20 works.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const [environment, region = process.env.AWS_REGION ?? 'eu-west-1'] = process.argv
  .slice(2)
  .filter((one) => !one.startsWith('--'));
try {
  if (environment === undefined) throw new Error('Say the environment, such as testing.');
  if (process.argv.includes('--url')) console.log((await outputsOf(region, environment, 'application')).ApiUrl);
  else console.log(await token());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** By OAuth 2.0 client credentials. */
async function token() {
  const { UserPoolId, MachineClientId: ClientId, TokenUrl } = await outputsOf(region, environment, 'identity');
  const cognito = new CognitoIdentityProviderClient({ region });
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
  // Domains of Cognito have host names on AWS alone.
  const endpoint = process.env.AWS_ENDPOINT_URL;
  const url = endpoint === undefined ? TokenUrl : new URL('/oauth2/token', endpoint);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${ClientId}:${UserPoolClient.ClientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders/read orders/write' }),
  });
  if (!answer.ok) throw new Error(`${url} has answered ${answer.status}`);
  return (await answer.json()).access_token;
}
