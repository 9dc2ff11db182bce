import { toString } from 'mdast-util-to-string';
import { listItems } from './list-items.ts';
import type { CommunicationTopic, NextPhase } from './model.ts';
import type { Section } from './outline.ts';
import type { Reading } from './reading.ts';
import { singleLine } from './text.ts';

/** Reads the communication plan: a topic for each heading below it, and one for what stands directly below. */
export function readCommunication(section: Section | undefined): CommunicationTopic[] {
  if (section === undefined) return [];
  const own = topicOf(section);
  return [...(own.items.length === 0 ? [] : [own]), ...section.sections.flatMap(topicsOf)];
}

function topicsOf(section: Section): CommunicationTopic[] {
  return [topicOf(section), ...section.sections.flatMap(topicsOf)];
}

function topicOf(section: Section): CommunicationTopic {
  const items = section.content.flatMap((node) =>
    node.type === 'list' ? listItems([node]).map(({ text }) => text) : singleLine(toString(node)),
  );
  return { title: section.title, items: items.filter((item) => item !== '') };
}

/** "Phase 5: Title", within any sentence: the title ends where the sentence goes on. */
const titledPhase =
  /\bphase\s+(\d+(?:\.\d+)*)\s*[:\u2013\u2014-]\s*([^.;]+?)(?=\s+(?:will|shall|begins?|starts?|commences?|follows?|is|can|may|takes)\b|[.;,]|$)/i;

/** Reads what follows this phase. The number alone is enough; the phase's own is not meant. */
export function readNextPhase(section: Section | undefined, own: string, reading: Reading): NextPhase | undefined {
  if (section === undefined) return undefined;
  reading.keepRest(section, () => true);
  const text = singleLine(section.content.map((node) => toString(node)).join(' '));
  const [, number, title] = titledPhase.exec(text) ?? [];
  if (number !== undefined && title !== undefined) return { number, title, text };
  const named = [...text.matchAll(/\bphase\s+(\d+(?:\.\d+)*)/gi)].map((match) => match[1]);
  const next = named.find((one) => one !== own);
  return next === undefined ? { text } : { number: next, text };
}
