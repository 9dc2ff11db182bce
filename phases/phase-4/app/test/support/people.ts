import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  AdminAddUserToGroupCommand,
  AdminConfirmSignUpCommand,
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { z } from 'zod';

/** Reads the outputs of infra/identity.yaml and infra/application.yaml. The suites under test/system fail without them. */
export function deployed() {
  const needed = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`npm run test:system needs ${name} of the deployed application`);
    return value;
  };
  return {
    apiUrl: needed('API_URL').replace(/\/$/, ''),
    /** Of Cognito's OAuth 2.0 endpoints. */
    domainUrl: needed('DOMAIN_URL').replace(/\/$/, ''),
    userPoolId: needed('USER_POOL_ID'),
    consoleClientId: needed('CONSOLE_CLIENT_ID'),
    callbackUrl: process.env['CALLBACK_URL'] ?? 'http://localhost:3000/callback',
  };
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** Bound on each request to the sign-in pages. */
const patienceMs = 20_000;

const cognito = new CognitoIdentityProviderClient({});
const made: string[] = [];

/** Signs a new person up without credentials, and puts that person into the groups with an administrator's. */
export async function signUp(...groups: readonly string[]): Promise<Person> {
  const { userPoolId: UserPoolId, consoleClientId } = deployed();
  const person = { email: `${randomUUID()}@example.com`, password: `Aa1!${randomBytes(12).toString('hex')}` };
  const Username = person.email;
  await cognito.send(
    new SignUpCommand({
      ClientId: consoleClientId,
      Username,
      Password: person.password,
      UserAttributes: [{ Name: 'email', Value: person.email }],
    }),
  );
  made.push(Username);
  await cognito.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }));
  for (const GroupName of groups)
    await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
  return person;
}

export async function removePeople(): Promise<void> {
  if (made.length === 0) return;
  const { userPoolId: UserPoolId } = deployed();
  for (const Username of made.splice(0)) await cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username }));
}

const Tokens = z.object({ access_token: z.string(), id_token: z.string(), refresh_token: z.string().optional() });
export type Tokens = z.output<typeof Tokens>;

export const allScopes = 'openid email orders/read orders/write';

export interface SignIn {
  readonly scope?: string;
  readonly nonce?: string;
  readonly redirectUri?: string;
}

/** Fills in the sign-in page as a browser does, and returns the code with what it was asked for with. */
export async function authorize(person: Person, { scope = allScopes, nonce = 'n', redirectUri }: SignIn = {}) {
  const { domainUrl, consoleClientId, callbackUrl } = deployed();
  const verifier = randomBytes(32).toString('base64url');
  const state = randomUUID();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: consoleClientId,
    redirect_uri: redirectUri ?? callbackUrl,
    scope,
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const page = await fetch(`${domainUrl}/oauth2/authorize?${query.toString()}`, {
    signal: AbortSignal.timeout(patienceMs),
  });
  assert.equal(page.status, 200, `the sign-in page gave ${page.status}`);
  const html = await page.text();
  const form = new URLSearchParams({ username: person.email, password: person.password });
  for (const [, name = '', value = ''] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
    form.set(name, value.replaceAll('&amp;', '&'));
  const action = /<form method="POST" action="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '/login';
  const cookie = page.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const answer = await fetch(new URL(action, page.url), {
    method: 'POST',
    headers: { cookie },
    body: form,
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  });
  assert.equal(answer.status, 302, `signing in gave ${answer.status}`);
  const target = new URL(answer.headers.get('location') ?? '');
  assert.equal(target.searchParams.get('state'), state);
  return { code: target.searchParams.get('code') ?? '', verifier };
}

/** Calls the token endpoint. */
export async function token(form: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const { domainUrl, consoleClientId } = deployed();
  const response = await fetch(`${domainUrl}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: consoleClientId, ...form }),
    signal: AbortSignal.timeout(patienceMs),
  });
  return { status: response.status, body: await response.json() };
}

export async function signIn(person: Person, options: SignIn = {}): Promise<Tokens> {
  const { code, verifier } = await authorize(person, options);
  const { callbackUrl } = deployed();
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: callbackUrl };
  const { status, body } = await token(form);
  assert.equal(status, 200, JSON.stringify(body));
  return Tokens.parse(body);
}
