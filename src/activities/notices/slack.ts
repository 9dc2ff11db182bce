import { PermanentError } from '../../base/errors.ts';
import { own } from '../../base/json.ts';
import { type Notice, subjectOf } from '../../contract/notice.ts';

export interface WebhookOptions {
  /** Environment variable that holds the URL. */
  readonly urlEnv: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly timeoutMs: number;
}

/**
 * Posts a notice to an incoming webhook of Slack. The URL is a secret, because it allows anyone to post. Therefore errors contain neither a
 * part of the URL nor the text of the response, which may repeat it.
 *
 * @throws PermanentError when the URL is missing or unusable, or the receiver refuses the notice
 */
export async function postNotice(notice: Notice, { urlEnv, env, timeoutMs }: WebhookOptions): Promise<void> {
  const url = usableUrl(urlEnv, own(env, urlEnv)?.trim());
  const status = await post(urlEnv, url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(slackMessage(notice)),
    // Redirects are not followed: they would turn the request into a GET, and the 200 of some page would count as success.
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
    throw new PermanentError(`${urlEnv} in the worker's environment must be an http or https URL without a user name.`);
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

/** Makes an error with only the code of the `fetch` error, and without a `cause`: the rest of that error may contain the URL. */
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

interface Text {
  readonly type: 'mrkdwn';
  readonly text: string;
}

type Block =
  { readonly type: 'section'; readonly text: Text } | { readonly type: 'context'; readonly elements: readonly Text[] };

/** Body of a request to a Slack incoming webhook. */
export interface SlackMessage {
  /** Text for notifications, and for receivers that do not support blocks. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Slack refuses longer texts in a block. */
const LONGEST_TEXT = 3000;
/** Largest number of blocks for one text. Slack refuses messages with more than 50 blocks. */
const MOST_PIECES = 10;

/** Renders a notice for Slack. It is escaped, so that Slack finds no mentions, links or entities in it. */
export function slackMessage(notice: Notice): SlackMessage {
  const { id, kind, phase, title, text, link, decide, command } = notice;
  const place = [phase, subjectOf(notice), kind, id].filter((part) => part !== undefined).join(' · ');
  return {
    text: start(
      [title, text, decide?.approve, command, link].filter((part) => part !== undefined).join('\n'),
      LONGEST_TEXT,
    ),
    blocks: [
      section(`*${start(title, LONGEST_TEXT - 2)}*`),
      ...pieces(text, LONGEST_TEXT).map(section),
      ...(decide === undefined
        ? []
        : [section(`${linked(decide.approve, 'Approve')} · ${linked(decide.reject, 'Reject')}`)]),
      ...pieces(command ?? '', LONGEST_TEXT - 8).map((one) => section(`\`\`\`\n${one}\n\`\`\``)),
      ...pieces(link ?? '', LONGEST_TEXT).map(section),
      { type: 'context', elements: [mrkdwn(start(place, LONGEST_TEXT))] },
    ],
  };
}

/** A link. Slack's buttons would report each click to an application, which a webhook has not. */
function linked(url: string, text: string): string {
  return `*<${escape(url.replaceAll('|', '%7C'))}|${text}>*`;
}

function section(text: string): Block {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): Text {
  return { type: 'mrkdwn', text };
}

function start(text: string, longest: number): string {
  return pieces(text, longest)[0] ?? '';
}

/** Escapes a text and cuts it into pieces, at line ends if possible. Blank pieces are left out, because Slack refuses them. */
function pieces(text: string, longest: number): string[] {
  const done: string[] = [];
  let piece = '';
  // The loop runs over code points, so that neither an escape sequence nor a surrogate pair is cut.
  for (const character of text) {
    const escaped = escape(character);
    if (piece.length + escaped.length > longest) {
      const line = piece.lastIndexOf('\n') + 1;
      const cut = line > longest / 2 ? line : piece.length;
      done.push(piece.slice(0, cut));
      piece = piece.slice(cut);
    }
    piece += escaped;
  }
  const kept = [...done, piece].map((one) => one.trim()).filter((one) => one !== '');
  return kept.length <= MOST_PIECES ? kept : [...kept.slice(0, MOST_PIECES), '…'];
}

/** Escapes the three control characters of Slack. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
