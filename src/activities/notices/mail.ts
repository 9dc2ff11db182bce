import { sha256 } from '../../base/digest.ts';
import { clip, plainLine } from '../../base/text.ts';
import type { Notice } from '../../contract/notice.ts';

/** A notice as a mail. It is plain text, so nothing in it is markup. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

const LONGEST_SUBJECT = 200;
/** In characters. SNS accepts 256 KiB of UTF-8, including attributes. */
const LONGEST_TEXT = 60_000;

/** The parts of a notice in the order in which people read them. */
export function mailOf({ title, text, link, decide, command }: Notice): Mail {
  const page = decide === undefined ? undefined : `Approve or reject: ${decide.approve}`;
  const parts = [title, text, page, command, link].filter((part) => part !== undefined && part !== '');
  return {
    subject: plainLine(title, LONGEST_SUBJECT) || 'phasegate',
    text: clip(parts.join('\n\n'), LONGEST_TEXT) || 'phasegate',
  };
}

/** The same for every attempt to deliver a notice, so that mail servers and people recognise a repetition. */
export function messageIdOf({ id }: Pick<Notice, 'id'>, from: string): string {
  return `<phasegate.${sha256(id).slice(0, 40)}@${from.slice(from.indexOf('@') + 1)}>`;
}
