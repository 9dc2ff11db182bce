import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { Declined } from './declined.ts';

/** In bytes. The longest form has 6,000 characters of text, of up to 9 bytes each. */
const LARGEST_BODY = 64 * 1024;
/** In seconds. */
const COOKIE_AGE = 3600;

/** Tells browsers apart, and forms of this page from forms of others. */
export class Sessions {
  readonly #key = randomBytes(32);
  readonly #origin: string;
  readonly #cookie: string;
  readonly #attributes: string;

  /** @param url public address of the page */
  constructor(url: string) {
    const { origin, protocol } = new URL(url);
    const isSecure = protocol === 'https:';
    this.#origin = origin;
    // No other host, and no page without TLS, can set a cookie of this name.
    this.#cookie = isSecure ? '__Host-phasegate' : 'phasegate';
    // Lax: the cookie has to come along when the provider sends the browser back, by a link.
    this.#attributes = `HttpOnly; SameSite=Lax; Path=/; Max-Age=${String(COOKIE_AGE)}${isSecure ? '; Secure' : ''}`;
  }

  /** The session of the browser; absent when it has none yet. */
  of({ headers }: IncomingMessage): string | undefined {
    const cookies = (headers.cookie ?? '').split(';').map((one) => one.trim().split('='));
    const [, value = ''] = cookies.find(([name]) => name === this.#cookie) ?? [];
    return /^[\w-]{43}$/.test(value) ? value : undefined;
  }

  /** The session of the browser, or a new one with the header that starts it. */
  begin(request: IncomingMessage): { readonly session: string; readonly headers: { readonly [name: string]: string } } {
    const session = this.of(request) ?? randomBytes(32).toString('base64url');
    return { session, headers: { 'set-cookie': `${this.#cookie}=${session}; ${this.#attributes}` } };
  }

  /** What a form of this browser contains. */
  csrfOf(session: string): string {
    return createHmac('sha256', this.#key).update(session).digest('base64url');
  }

  /**
   * Reads a form that this page has given to this browser.
   *
   * @throws Declined when it is from elsewhere, too large, or no form
   */
  async form(request: IncomingMessage): Promise<{ readonly session: string; readonly form: URLSearchParams }> {
    const session = this.of(request);
    if (session === undefined || request.headers.origin !== this.#origin) throw foreign();
    const form = await readForm(request);
    const given = Buffer.from(form.get('csrf') ?? '');
    const own = Buffer.from(this.csrfOf(session));
    if (given.length !== own.length || !timingSafeEqual(given, own)) throw foreign();
    return { session, form };
  }
}

function foreign(): Declined {
  return new Declined(
    403,
    'This form is not from this page',
    'Open the gate again and decide there; the browser has to keep cookies of this page. Nothing was sent.',
  );
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const [type] = (request.headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new Declined(415, 'This is no form', 'The page takes forms only. Nothing was sent.');
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > LARGEST_BODY) {
        throw new Declined(413, 'Your decision is too long', 'A text may have 2,000 characters. Nothing was sent.');
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Declined) throw error;
    throw new Declined(400, 'The form did not arrive', 'The connection has ended. Nothing was sent.');
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** A text of a form: browsers end its lines as mail does. */
const text = z
  .string()
  .default('')
  .transform((given) => given.replaceAll('\r\n', '\n').trim())
  .pipe(z.string().max(2000));
const optional = text.transform((given) => (given === '' ? undefined : given));

const decisionForm = z.object({
  verdict: z.enum(['approve', 'reject']),
  by: z.string().min(1).max(200),
  round: z.string().regex(/^\d{1,9}$/),
  nonce: z.string().min(1).max(200),
  subject: z.string().regex(/^[0-9a-f]{64}$/),
  criterion: z
    .string()
    .regex(/^\d{0,6}$/)
    .default(''),
  note: optional,
  reason: optional,
  rework: z.string().max(40_000).default(''),
});

/** What a person has filled in. */
export type DecisionForm = z.output<typeof decisionForm>;

/** @throws Declined when the form is incomplete */
export function readDecisionForm(form: URLSearchParams, back: string): DecisionForm {
  const parsed = decisionForm.safeParse(Object.fromEntries(form));
  const link = { href: back, text: 'Back to the gate' };
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = issue?.path[0] === 'by' ? 'who you are' : `"${String(issue?.path[0] ?? '')}"`;
    throw new Declined(
      422,
      'Your decision is incomplete',
      `The form lacks ${what}, or it is too long. Nothing was sent.`,
      {
        link,
      },
    );
  }
  if (parsed.data.verdict === 'reject' && parsed.data.reason === undefined) {
    throw new Declined(422, 'A rejection needs a reason', 'Say why you reject the gate. Nothing was sent.', { link });
  }
  return parsed.data;
}
