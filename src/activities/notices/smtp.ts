import { createTransport } from 'nodemailer';
import { PermanentError } from '../../base/errors.ts';
import { own } from '../../base/json.ts';
import type { Notice } from '../../contract/notice.ts';
import { mailOf, messageIdOf } from './mail.ts';

export interface ServerOptions {
  /** Environment variable that holds the URL: `smtps://user:password@mail.example.com`, or `smtp://` for STARTTLS. */
  readonly urlEnv: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly timeoutMs: number;
}

export interface SmtpOptions extends ServerOptions {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Sends a notice to a mail server, with TLS unless the server is at 127.0.0.1. The URL holds a password. Therefore errors contain neither a
 * part of the URL nor the text of a response, which may repeat it.
 *
 * @throws PermanentError when the URL is missing or unusable, the server has no TLS, or refuses the sender or a recipient
 */
export async function sendBySmtp(notice: Notice, { from, to, ...server }: SmtpOptions): Promise<void> {
  const { urlEnv } = server;
  const transport = transportTo(server);
  const message = { from, to: [...to], messageId: messageIdOf(notice, from), ...mailOf(notice) };
  let refused: readonly unknown[];
  try {
    const sent = await transport.sendMail(
      // It is generated: servers send no automatic answers, such as of people on holiday.
      { ...message, headers: { 'Auto-Submitted': 'auto-generated' }, disableFileAccess: true, disableUrlAccess: true },
    );
    refused = sent.rejected;
  } catch (error) {
    throw explained(urlEnv, error);
  } finally {
    transport.close();
  }
  if (refused.length > 0) {
    const names = refused.map((one) => (typeof one === 'string' ? one : 'a recipient')).join(', ');
    throw new PermanentError(`The mail server of ${urlEnv} refused ${names}; the others have it.`);
  }
}

/**
 * Connects and signs in, and sends nothing.
 *
 * @throws the same errors as `sendBySmtp`
 */
export async function checkServer(server: ServerOptions): Promise<void> {
  const transport = transportTo(server);
  try {
    await transport.verify();
  } catch (error) {
    throw explained(server.urlEnv, error);
  } finally {
    transport.close();
  }
}

function transportTo({ urlEnv, env, timeoutMs }: ServerOptions) {
  return createTransport({ ...serverAt(urlEnv, own(env, urlEnv)?.trim()), ...within(timeoutMs) });
}

const LOCAL = '127.0.0.1';

/**
 * The server of a URL.
 *
 * @throws PermanentError with one sentence when it is unusable; the sentence does not repeat it
 */
function serverAt(urlEnv: string, value: string | undefined) {
  if (value === undefined || value === '') {
    throw new PermanentError(`The mail server's URL is missing: set ${urlEnv} in the worker's environment.`);
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSecure = url?.protocol === 'smtps:';
  const auth = url && credentials(url);
  if (url === undefined || auth === undefined || !(isSecure || url.protocol === 'smtp:') || !isBare(url)) {
    throw new PermanentError(
      `${urlEnv} in the worker's environment must be smtps://USER:PASSWORD@HOST:PORT, or smtp:// for STARTTLS.`,
    );
  }
  const isLocal = url.hostname === LOCAL && !isSecure;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 465 : 587)),
    secure: isSecure,
    ...(isLocal ? { ignoreTLS: true } : { requireTLS: true }),
    ...auth,
  };
}

function isBare({ hostname, pathname, search, hash }: URL): boolean {
  return hostname !== '' && ['', '/'].includes(pathname) && search === '' && hash === '';
}

/** @returns `undefined` when one of them is missing, or wrongly written */
function credentials({ username, password }: URL) {
  if (username === '' && password === '') return {};
  if (username === '' || password === '') return undefined;
  try {
    return { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } };
  } catch {
    return undefined;
  }
}

function within(timeoutMs: number) {
  return { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs };
}

/** Makes an error with only the codes of the given one, and without a `cause`: the rest of that error may contain secrets. */
function explained(urlEnv: string, error: unknown): Error {
  const {
    code,
    responseCode: status,
    command,
  } = error as { code?: unknown; responseCode?: unknown; command?: unknown };
  const server = `The mail server of ${urlEnv}`;
  const isRefusal = typeof status === 'number' && status >= 400;
  if (code === 'ETLS' && !(isRefusal && status < 500)) {
    return new PermanentError(`${server} offers no TLS that can be used.`);
  }
  if (isRefusal) {
    const where = typeof command === 'string' && /^[A-Z0-9 -]{1,20}$/.test(command) ? ` to ${command}` : '';
    const message = `${server} answered with status ${String(status)}${where}.`;
    return status >= 500 ? new PermanentError(message) : new Error(message);
  }
  const isLate = error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name);
  const reason = isLate || code === 'ETIMEDOUT' ? 'no answer in time' : typeof code === 'string' ? code : 'unknown';
  return new Error(`${server} cannot be reached (${reason}).`);
}
