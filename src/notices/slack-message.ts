import { subjectOf, type Notice } from './notice.ts';

interface Text {
  readonly type: 'mrkdwn';
  readonly text: string;
}

type Block =
  { readonly type: 'section'; readonly text: Text } | { readonly type: 'context'; readonly elements: readonly Text[] };

/** Body of a request to a Slack incoming webhook. */
export interface SlackMessage {
  /** For notifications, and for receivers that take this format and know no blocks. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Slack refuses longer texts in a block. */
const LONGEST_TEXT = 3000;
/** Of one text; Slack refuses more than 50 blocks. */
const MOST_PIECES = 10;

/** A notice for Slack, with nothing in it that Slack would take for a mention, a link's name or an entity. */
export function slackMessage(notice: Notice): SlackMessage {
  const { id, kind, phase, title, text, link, command } = notice;
  const place = [phase, subjectOf(notice), kind, id].filter((part) => part !== undefined).join(' · ');
  return {
    text: start([title, text, command, link].filter((part) => part !== undefined).join('\n'), LONGEST_TEXT),
    blocks: [
      section(`*${start(title, LONGEST_TEXT - 2)}*`),
      ...pieces(text, LONGEST_TEXT).map(section),
      ...pieces(command ?? '', LONGEST_TEXT - 8).map((one) => section(`\`\`\`\n${one}\n\`\`\``)),
      ...pieces(link ?? '', LONGEST_TEXT).map(section),
      { type: 'context', elements: [mrkdwn(start(place, LONGEST_TEXT))] },
    ],
  };
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

/** Escapes a text and cuts it into pieces, at ends of lines where they are near. Slack refuses blank ones. */
function pieces(text: string, longest: number): string[] {
  const done: string[] = [];
  let piece = '';
  // By code points: neither an escape nor a surrogate pair may be cut.
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

/** The three characters that Slack reads as control characters. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
