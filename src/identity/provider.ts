import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import { isTrustworthyUrl, type Oidc } from './registry.ts';

/** The provider's keys cannot be had now. Says nothing of the token: the same one may count later. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({})) });

const known = new Map<string, RemoteJWKSet>();

/** The provider's keys, fetched when they are needed and kept for ten minutes. */
export function providerKeys({ issuer, jwks }: Pick<Oidc, 'issuer' | 'jwks'>): RemoteJWKSet {
  const id = JSON.stringify([issuer, jwks]);
  const keys = known.get(id) ?? createRemoteJWKSet(new URL(jwks ?? issuer), { [customFetch]: fetcher(issuer, jwks) });
  known.set(id, keys);
  return keys;
}

/** Fails with a ProviderUnavailable only, which tells what is the provider's fault from what is the token's. */
function fetcher(issuer: string, jwks: string | undefined): FetchImplementation {
  return async (_, options) => {
    const get = <T>(url: string, shape: z.ZodType<T>) => getJson(issuer, url, shape, options);
    // With the keys, their address is asked for again too: providers move.
    return Response.json(await get(jwks ?? (await discover(issuer, get)), keySet));
  };
}

type Get = <T>(url: string, shape: z.ZodType<T>) => Promise<T>;

async function discover(issuer: string, get: Get): Promise<string> {
  const found = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, discovery);
  if (found.issuer !== issuer) throw unavailable(issuer, 'its discovery document is for another issuer');
  if (!isTrustworthyUrl(found.jwks_uri)) throw unavailable(issuer, 'its discovery document names no https URL of keys');
  return found.jwks_uri;
}

async function getJson<T>(issuer: string, url: string, shape: z.ZodType<T>, options: RequestInit): Promise<T> {
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, options);
    status = response.status;
    body = status === 200 ? await response.json() : await response.body?.cancel();
  } catch (error) {
    throw unavailable(issuer, reason(error));
  }
  if (status !== 200) throw unavailable(issuer, `it answered with status ${status}`);
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw unavailable(issuer, 'its answer cannot be used');
  return parsed.data;
}

function unavailable(issuer: string, why: string): ProviderUnavailable {
  return new ProviderUnavailable(`The keys of ${issuer} cannot be had: ${why}.`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
}
