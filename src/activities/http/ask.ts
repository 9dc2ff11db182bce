import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { PermanentError } from '../../base/errors.ts';
import { hostOf, isLinkLocal } from './url.ts';

export interface AskOptions {
  /** Milliseconds from the look-up of the host's name to the status. */
  readonly within: number;
  /** Ends the request when aborted. */
  readonly signal: AbortSignal;
  /** Resolves the name of a host. Default: the resolver of the operating system. */
  readonly resolve?: (host: string) => Promise<readonly { readonly address: string }[]>;
}

/** An answer, or why there is none: `says` follows the URL, and holds no part of it. */
export type Answer =
  | { readonly status: number; readonly ms: number }
  | { readonly state: 'failed' | 'inconclusive'; readonly says: string };

/**
 * Sends one GET request over a connection of its own, and reads the status. It follows no redirect and reads no body.
 *
 * @throws PermanentError when Node refuses the port
 * @throws the reason of `signal` when that is aborted
 */
export async function ask(url: URL, { within, signal, resolve = resolveAll }: AskOptions): Promise<Answer> {
  signal.throwIfAborted();
  // Made before the time begins: Node loads its client with the first request.
  const request = new Request(url, {
    redirect: 'manual',
    // A connection that was kept from the look before would prove nothing of DNS and TLS.
    headers: { connection: 'close', 'user-agent': 'phasegate' },
  });
  const stop = new AbortController();
  const abort = () => {
    stop.abort();
  };
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(abort, within);
  try {
    // A look-up cannot be aborted, so it is left alone.
    return await Promise.race([answerTo(request, hostOf(url), resolve, stop.signal), untilAborted(stop.signal)]);
  } catch (error) {
    signal.throwIfAborted();
    if (stop.signal.aborted) return { state: 'failed', says: `does not answer within ${within} ms` };
    return explain(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function answerTo(
  request: Request,
  host: string,
  resolve: NonNullable<AskOptions['resolve']>,
  signal: AbortSignal,
): Promise<Answer> {
  const began = performance.now();
  const addresses = isIP(host) === 0 ? await resolve(host) : [];
  const refused = addresses.find(({ address }) => isLinkLocal(address));
  if (refused !== undefined) {
    return { state: 'failed', says: `has the link-local address ${refused.address}, which is never asked` };
  }
  const { status, body } = await fetch(request, { signal });
  const taken = Math.round(performance.now() - began);
  await body?.cancel();
  return { status, ms: taken };
}

function resolveAll(host: string): Promise<readonly { readonly address: string }[]> {
  return lookup(host, { all: true });
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

/** Faults that every client of the endpoint meets. */
const faults: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'refuses the connection'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'closes the connection without an answer'],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'takes no connection'],
  [/^ENOTFOUND$/, 'has a host name that does not exist'],
  [/^(HPE_|UND_ERR_HEADERS_OVERFLOW)/, 'answers, but not in valid HTTP'],
  [
    /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|EPROTO)/,
    'fails at TLS',
  ],
];

/**
 * Says why there was no answer: `failed` for a fault of the endpoint, `inconclusive` for one of the worker or its network. Only
 * codes are told, since the messages of an error may repeat the URL.
 *
 * @throws PermanentError when Node refuses the port
 */
export function explain(error: unknown): Answer {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && cause.message === 'bad port') {
    throw new PermanentError(
      'the URL has a port that Node never asks, because it belongs to another protocol; use another port',
    );
  }
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no code';
  const [, says] = faults.find(([codes]) => codes.test(code)) ?? [];
  if (says !== undefined) return { state: 'failed', says: `${says} (${code})` };
  return { state: 'inconclusive', says: `cannot be asked from the worker (${code})` };
}
