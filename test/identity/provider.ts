import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT, type JWK, type JWTHeaderParameters } from 'jose';
import { newKey } from '../../src/identity/keys.ts';
import { type DecisionClaims, decisionNonce } from '../../src/identity/claims.ts';
import type { Oidc } from '../../src/identity/registry.ts';
import type { ServerResponse } from 'node:http';
import { Receiver, type Received } from '../activities/notices/receiver.ts';
import { made } from './fixture.ts';

interface ProviderKey {
  readonly alg: string;
  readonly kid: string;
  readonly key: KeyObject;
}

/** Answers a request by itself. */
export type Answer = (request: Received, response: ServerResponse) => void;

/** An OpenID provider on this machine: a discovery document and a set of keys. `SignInPages` lets people sign in there. */
export class Provider {
  /** What it serves, by path without its query; a number is a status. */
  readonly serves: { [path: string]: unknown } = {};
  readonly keys: { [alg: string]: ProviderKey } = {};
  readonly oidc: Oidc;
  readonly #receiver: Receiver;

  private constructor(receiver: Receiver) {
    this.#receiver = receiver;
    this.oidc = { issuer: receiver.url, audience: 'client-1', claim: 'sub' };
  }

  static async start(): Promise<Provider> {
    const receiver: Receiver = await Receiver.start((response, nth) => {
      const request = receiver.received[nth - 1]!;
      const answer = provider.serves[request.path.split('?')[0] ?? ''] ?? 404;
      if (typeof answer === 'function') (answer as Answer)(request, response);
      else if (typeof answer === 'number') response.writeHead(answer).end();
      else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
    const provider = new Provider(receiver);
    provider.serves['/.well-known/openid-configuration'] = { issuer: receiver.url, jwks_uri: `${receiver.url}/jwks` };
    provider.rotate('1');
    return provider;
  }

  /** Paths that have been asked for. */
  get asked(): string[] {
    return this.#receiver.received.map(({ path }) => path);
  }

  /** Makes a new key of each algorithm and serves these alone. */
  rotate(generation: string): void {
    const made: { readonly [alg: string]: KeyObject } = {
      RS256: createPrivateKey(rsaKey()),
      ES256: createPrivateKey(newKey('ES256').pem),
      EdDSA: createPrivateKey(newKey('EdDSA').pem),
    };
    for (const [alg, key] of Object.entries(made)) this.keys[alg] = { alg, key, kid: `${alg}-${generation}` };
    this.serves['/jwks'] = { keys: Object.keys(made).map((alg) => this.publicJwk(alg)) };
  }

  publicJwk(alg: string): JWK {
    const { key, kid } = this.keys[alg]!;
    const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
    return { kty, crv, x, y, n, e, kid, alg, use: 'sig' };
  }

  /** An ID token for this decision, with other claims and headers as told. */
  async idToken(
    decision: DecisionClaims,
    more: { readonly [claim: string]: unknown } = {},
    { alg = 'RS256', ...header }: Partial<JWTHeaderParameters> = {},
  ): Promise<string> {
    const { key, kid } = this.keys[alg]!;
    const { issuer: iss, audience: aud } = this.oidc;
    const payload = { iss, aud, sub: 'dana@idp', nonce: decisionNonce(decision), iat: made, exp: made + 300, ...more };
    return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(key);
  }

  async stop(): Promise<void> {
    await this.#receiver.stop();
  }
}

/** As text: exporting a key object that was just made can hang Node 20, when the job that made it is collected meanwhile. */
function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}
