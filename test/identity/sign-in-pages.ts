import { createHash, randomUUID } from 'node:crypto';
import { claims } from './fixture.ts';
import type { Answer, Provider } from './provider.ts';

/** The pages of a provider at which a person signs in: the authorization code flow with PKCE, for somebody who is signed in already. */
export class SignInPages {
  /** Claims of the ID tokens, besides those that bind them: who is signed in. */
  person: { [claim: string]: unknown } = { sub: 'dana@idp' };
  /** What it says instead of signing somebody in. */
  error: string | undefined;
  /** Secret of the application; a public client has none. */
  secret: string | undefined;
  readonly #codes = new Map<string, URLSearchParams>();
  readonly #provider: Provider;

  constructor(provider: Provider) {
    this.#provider = provider;
    const { issuer } = provider.oidc;
    provider.serves['/.well-known/openid-configuration'] = {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
    };
    provider.serves['/authorize'] = this.#authorize;
    provider.serves['/token'] = this.#token;
  }

  readonly #authorize: Answer = ({ path }, response) => {
    const asked = new URL(path, this.#provider.oidc.issuer).searchParams;
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    if (this.error === undefined) {
      const code = randomUUID();
      this.#codes.set(code, asked);
      back.searchParams.set('code', code);
    } else back.searchParams.set('error', this.error);
    response.writeHead(302, { location: back.href }).end();
  };

  readonly #token: Answer = ({ body, headers }, response) => {
    const form = new URLSearchParams(body);
    const code = form.get('code') ?? '';
    const asked = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isFor = ['redirect_uri', 'client_id'].every((name) => form.get(name) === asked?.get(name));
    const login = Buffer.from(`${this.#provider.oidc.audience}:${this.secret ?? ''}`).toString('base64');
    const isProven = this.secret === undefined || headers.authorization === `Basic ${login}`;
    if (asked?.get('code_challenge') !== challenge || !isFor || !isProven) {
      response.writeHead(400).end('{"error":"invalid_grant"}');
      return;
    }
    void this.token({ nonce: asked.get('nonce') }).then((token) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id_token: token }));
    });
  };

  /** An ID token for who is signed in, as a proxy passes it. */
  async token(more: { readonly [claim: string]: unknown } = {}): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const { nonce } = more;
    const bound = { iat, exp: iat + 300, nonce };
    return this.#provider.idToken(claims(), { ...bound, ...more, ...this.person });
  }
}
