import { plainLine } from '../../base/text.ts';

/** Text from outside, within HTML or SVG: one line, in which nothing is markup, and nothing turns the direction of writing. */
export function html(text: string): string {
  const entities: { readonly [character: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return plainLine(text, Infinity).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
