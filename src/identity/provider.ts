import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import { isLoopback, isTrustworthyUrl, type Oidc } from './registry.ts';

/** The provider's keys cannot be had now. Says nothing of the token: the same one may count later. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({})) });

/** No set of keys, and no discovery document, is near to that. */
const LARGEST_ANSWER = 1024 * 1024;

/** How long the provider is waited for, in milliseconds. */
export interface Patience {
  /** For all answers of one attempt. */
  readonly attempt: number;
  /** After an attempt that got no answer: decisions that need the provider fail at once, so that others are not held up. */
  readonly rest: number;
}

const PATIENCE: Patience = { attempt: 5000, rest: 30_000 };

const known = new Map<string, RemoteJWKSet>();

/** The provider's keys, fetched when they are needed and kept for ten minutes. */
export function providerKeys(
  { issuer, jwks }: Pick<Oidc, 'issuer' | 'jwks'>,
  patience: Patience = PATIENCE,
): RemoteJWKSet {
  const id = JSON.stringify([issuer, jwks]);
  const options = { timeoutDuration: patience.attempt, [customFetch]: fetcher(issuer, jwks, patience) };
  const keys = known.get(id) ?? createRemoteJWKSet(new URL(jwks ?? issuer), options);
  known.set(id, keys);
  return keys;
}

/** Fails with a ProviderUnavailable only, which tells what is the provider's fault from what is the token's. */
function fetcher(issuer: string, jwks: string | undefined, { rest }: Patience): FetchImplementation {
  let silent: { readonly until: number; readonly error: ProviderUnavailable } | undefined;
  return async (_, options) => {
    if (silent !== undefined && Date.now() < silent.until) throw silent.error;
    silent = undefined;
    const get = <T>(url: string, shape: z.ZodType<T>) => getJson(issuer, url, shape, options);
    try {
      // With the keys, their address is asked for again too: providers move.
      return Response.json(await get(jwks ?? (await discover(issuer, get)), keySet));
    } catch (error) {
      // A refusal costs nothing, and may be over at once; silence costs the whole attempt.
      if (error instanceof ProviderUnavailable && options.signal.aborted) {
        silent = { until: Date.now() + rest, error };
      }
      throw error;
    }
  };
}

type Get = <T>(url: string, shape: z.ZodType<T>) => Promise<T>;

async function discover(issuer: string, get: Get): Promise<string> {
  const found = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, discovery);
  if (found.issuer !== issuer) throw unavailable(issuer, 'its discovery document is for another issuer');
  // Plain http on this machine would be somebody else's than a provider's elsewhere.
  const isSafe = isTrustworthyUrl(found.jwks_uri) && (!isLoopback(found.jwks_uri) || isLoopback(issuer));
  if (!isSafe) throw unavailable(issuer, 'its discovery document names no https URL of keys');
  return found.jwks_uri;
}

async function getJson<T>(issuer: string, url: string, shape: z.ZodType<T>, options: RequestInit): Promise<T> {
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, options);
    status = response.status;
    body = status === 200 ? await readJson(response) : await response.body?.cancel();
  } catch (error) {
    throw unavailable(issuer, reason(error));
  }
  if (status !== 200) throw unavailable(issuer, `it answered with status ${status}`);
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw unavailable(issuer, 'its answer cannot be used');
  return parsed.data;
}

/** Stops reading where no answer of a provider ends. */
async function readJson({ body }: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const answer: AsyncIterable<Uint8Array> | readonly never[] = body ?? [];
  for await (const chunk of answer) {
    length += chunk.byteLength;
    if (length > LARGEST_ANSWER) throw new TooLarge();
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
}

class TooLarge extends Error {}

function unavailable(issuer: string, why: string): ProviderUnavailable {
  return new ProviderUnavailable(`The keys of ${issuer} cannot be had: ${why}.`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof TooLarge) return 'its answer has more than 1 MiB';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
}
