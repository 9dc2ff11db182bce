import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose';
import { z } from 'zod';
import { isLoopback, isTrustworthyUrl, type Oidc } from './registry.ts';

/** The provider does not answer now, for example with its keys. The token may be good, and may count later. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

const discovery = z.object({
  issuer: z.string(),
  jwks_uri: z.string(),
  authorization_endpoint: z.string().optional(),
  token_endpoint: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
});
const keySet = z.object({ keys: z.array(z.looseObject({})) });

/** In bytes. Key sets and discovery documents are far smaller. */
const LARGEST_ANSWER = 1024 * 1024;

/** Time-outs for the provider, in milliseconds. */
export interface Patience {
  /** Time limit for all requests of one attempt. */
  readonly attempt: number;
  /** Pause after an attempt that timed out. Until it ends, decisions that need the provider fail at once and do not delay others. */
  readonly rest: number;
}

const PATIENCE: Patience = { attempt: 5000, rest: 30_000 };

const known = new Map<string, RemoteJWKSet>();

/** The provider's keys, which are fetched on first use and cached for ten minutes. */
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

/** Makes the `fetch` for the key set. It throws ProviderUnavailable only, which tells a fault of the provider from a bad token. */
function fetcher(issuer: string, jwks: string | undefined, { rest }: Patience): FetchImplementation {
  let silent: { readonly until: number; readonly error: ProviderUnavailable } | undefined;
  return async (_, options) => {
    if (silent !== undefined && Date.now() < silent.until) throw silent.error;
    silent = undefined;
    const get = <T>(url: string, shape: z.ZodType<T>) => getJson(issuer, url, shape, options);
    try {
      // The address of the keys is looked up again with the keys, because providers move them.
      return Response.json(await get(jwks ?? (await keysOf(issuer, get)), keySet));
    } catch (error) {
      // An error answer comes at once and may not last, so the next decision asks again. A time-out costs the whole attempt.
      if (error instanceof ProviderUnavailable && options.signal.aborted) {
        silent = { until: Date.now() + rest, error };
      }
      throw error;
    }
  };
}

type Get = <T>(url: string, shape: z.ZodType<T>) => Promise<T>;

async function keysOf(issuer: string, get: Get): Promise<string> {
  const { jwks_uri: url } = await discover(issuer, get);
  if (!isSafe(issuer, url)) throw unavailable(issuer, 'its discovery document names no https URL of keys');
  return url;
}

async function discover(issuer: string, get: Get): Promise<z.output<typeof discovery>> {
  const found = await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, discovery);
  if (found.issuer !== issuer) throw unavailable(issuer, 'its discovery document is for another issuer');
  return found;
}

/** A provider on another machine that names http://localhost would make the worker trust any process on the worker's machine. */
function isSafe(issuer: string, url: string): boolean {
  return isTrustworthyUrl(url) && (!isLoopback(url) || isLoopback(issuer));
}

/** Where a provider signs people in. */
export interface SignInEndpoints {
  readonly authorization: string;
  readonly token: string;
  /** Whether an application may prove itself by HTTP Basic at the token endpoint. */
  readonly takesBasic: boolean;
}

/**
 * Reads from the provider's discovery document where it signs people in.
 *
 * @throws ProviderUnavailable when it cannot be read, or names no such place
 */
export async function signInEndpoints(issuer: string): Promise<SignInEndpoints> {
  const options = { signal: AbortSignal.timeout(PATIENCE.attempt) };
  const found = await discover(issuer, (url, shape) => getJson(issuer, url, shape, options));
  const { authorization_endpoint: authorization, token_endpoint: token } = found;
  if (
    authorization === undefined ||
    token === undefined ||
    ![authorization, token].every((url) => isSafe(issuer, url))
  ) {
    throw unavailable(issuer, 'its discovery document names no https URLs to sign in at');
  }
  // The default of OpenID Connect Discovery.
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = found;
  return { authorization, token, takesBasic: methods.includes('client_secret_basic') };
}

async function getJson<T>(issuer: string, url: string, shape: z.ZodType<T>, options: RequestInit): Promise<T> {
  const { status, body } = await answerOf(issuer, url, options);
  if (status !== 200) throw unavailable(issuer, `it answered with status ${status}`);
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw unavailable(issuer, 'its answer cannot be used');
  return parsed.data;
}

/**
 * Posts a form to a provider.
 *
 * @returns the JSON of its answer; `undefined` when it refuses (4xx)
 * @throws ProviderUnavailable when it does not answer in time, or with another status
 */
export async function postForm(
  issuer: string,
  url: string,
  form: URLSearchParams,
  headers: { readonly [name: string]: string },
): Promise<unknown> {
  const { status, body } = await answerOf(issuer, url, {
    method: 'POST',
    body: form,
    headers: { accept: 'application/json', ...headers },
    // A redirect would take the code elsewhere.
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE.attempt),
  });
  if (status >= 400 && status < 500) return undefined;
  if (status !== 200) throw unavailable(issuer, `it answered with status ${status}`);
  return body;
}

/** @throws ProviderUnavailable when there is no answer that can be read */
async function answerOf(
  issuer: string,
  url: string,
  request: RequestInit,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await fetch(url, request);
    const { status } = response;
    return { status, body: status === 200 ? await readJson(response) : await response.body?.cancel() };
  } catch (error) {
    throw unavailable(issuer, reason(error));
  }
}

/** @throws TooLarge as soon as the answer exceeds the limit */
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
  return new ProviderUnavailable(`The provider ${issuer} cannot be used now: ${why}.`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof TooLarge) return 'its answer has more than 1 MiB';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
}
