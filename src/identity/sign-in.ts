import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Refusal } from './claims.ts';
import { postForm, type SignInEndpoints } from './provider.ts';
import type { Oidc } from './registry.ts';

/** A sign-in that a browser is sent to: OpenID Connect's authorization code flow with PKCE. */
export interface SignIn {
  /** Address at the provider. */
  readonly url: string;
  /** Proves at the token endpoint that the code is redeemed by who asked for it. It never leaves the worker before that. */
  readonly verifier: string;
}

export interface SignInRequest {
  readonly oidc: Pick<Oidc, 'audience' | 'claim'>;
  readonly endpoints: SignInEndpoints;
  /** Where the provider sends the browser afterwards; registered at the provider. */
  readonly redirectUri: string;
  /** Comes back with the browser. */
  readonly state: string;
  /** What the ID token is for: `decisionNonce`. */
  readonly nonce: string;
}

/** Makes the address at which a person signs in, for one ID token that is bound to a decision. */
export function beginSignIn({ oidc, endpoints, redirectUri, state, nonce }: SignInRequest): SignIn {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(endpoints.authorization);
  const parameters = {
    response_type: 'code',
    client_id: oidc.audience,
    redirect_uri: redirectUri,
    scope: scopeFor(oidc.claim),
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, verifier };
}

/** The scope in which the provider puts the claim into its ID tokens. */
function scopeFor(claim: string): string {
  if (claim === 'sub') return 'openid';
  return claim === 'email' ? 'openid email' : 'openid profile';
}

export interface Redemption extends Pick<SignInRequest, 'oidc' | 'endpoints' | 'redirectUri'> {
  readonly issuer: string;
  readonly code: string;
  readonly verifier: string;
  /** Secret of the application at the provider; absent for a public client, which PKCE suffices. */
  readonly secret?: string;
}

const tokens = z.object({ id_token: z.string() });

/**
 * Redeems the code that came back with the browser for an ID token, which is not verified yet.
 *
 * @throws Refusal when the provider gives none
 * @throws ProviderUnavailable when the provider does not answer
 */
export async function redeemCode(redemption: Redemption): Promise<string> {
  const { issuer, oidc, endpoints, redirectUri, code, verifier, secret } = redemption;
  const isBasic = secret !== undefined && endpoints.takesBasic;
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: oidc.audience,
    code_verifier: verifier,
    ...(secret === undefined || isBasic ? {} : { client_secret: secret }),
  });
  const answer = await postForm(issuer, endpoints.token, body, isBasic ? basic(oidc.audience, secret) : {});
  const parsed = tokens.safeParse(answer);
  if (!parsed.success) throw new Refusal('the provider gave no ID token for this sign-in');
  return parsed.data.id_token;
}

/** Both are form-encoded first (RFC 6749, 2.3.1). */
function basic(id: string, secret: string): { readonly authorization: string } {
  const encoded = [id, secret].map((part) => new URLSearchParams({ '': part }).toString().slice(1)).join(':');
  return { authorization: `Basic ${Buffer.from(encoded).toString('base64')}` };
}
