import { plainLine } from '../../base/text.ts';

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text from outside, within HTML or SVG: one line, in which nothing is markup, and nothing turns the direction of writing. */
export function html(text: string): string {
  return attribute(plainLine(text, Infinity));
}

/** Text from outside, as the value of a quoted attribute that nobody sees and that comes back as it is. */
export function attribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
