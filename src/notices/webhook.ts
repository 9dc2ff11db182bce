import { PermanentError } from '../activities/define.ts';
import { own } from '../plan/own.ts';
import type { Notice } from './notice.ts';
import { slackMessage } from './slack-message.ts';

export interface WebhookOptions {
  /** Environment variable that holds the URL. */
  readonly urlEnv: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly timeoutMs: number;
}

/**
 * Posts a notice as Slack's incoming webhooks take it. Whoever knows the URL may post, so no error holds a part of
 * it, and none holds the answer's text, which may repeat it.
 *
 * @throws PermanentError when the URL is missing or unusable, or the receiver refuses the notice
 */
export async function postNotice(notice: Notice, { urlEnv, env, timeoutMs }: WebhookOptions): Promise<void> {
  const url = usableUrl(urlEnv, own(env, urlEnv)?.trim());
  const status = await post(urlEnv, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(slackMessage(notice)),
    // Followed, a redirect would turn the request into a GET, and a page's 200 into success.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (status >= 200 && status < 300) return;
  const message = `The webhook of ${urlEnv} answered with status ${status}.`;
  throw isPermanent(status) ? new PermanentError(message) : new Error(message);
}

function usableUrl(urlEnv: string, value: string | undefined): URL {
  if (value === undefined || value === '') {
    throw new PermanentError(`The webhook's URL is missing: set ${urlEnv} in the worker's environment.`);
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new PermanentError(`${urlEnv} in the worker's environment holds no http or https URL, without a user in it.`);
  }
  return url;
}

async function post(urlEnv: string, url: URL, request: RequestInit): Promise<number> {
  try {
    const { status, body } = await fetch(url, request);
    await body?.cancel();
    return status;
  } catch (error) {
    throw unreachable(urlEnv, error);
  }
}

/** Of what `fetch` says only codes are sure to hold nothing of the URL; so it is not the cause of this error either. */
function unreachable(urlEnv: string, error: unknown): Error {
  return new Error(`The webhook of ${urlEnv} cannot be reached (${reason(error)}).`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : error.name;
}

function isPermanent(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429;
}
