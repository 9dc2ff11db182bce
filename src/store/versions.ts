import { sha256 } from '../base/digest.ts';
import { inert, paragraphs } from '../base/markdown.ts';

/** Lines that a list of changes shows of each kind. */
const SHOWN = 200;

/**
 * What has changed in a document since the version before, as a Markdown document. Lines are compared wherever they stand, so what has
 * only moved has not changed.
 *
 * @param before the version before; absent for the first one
 */
export function changesBetween(
  { title, version, where }: { readonly title: string; readonly version: number; readonly where: string },
  text: string,
  before?: { readonly where: string; readonly text: string },
): string {
  const head = [`# ${inert(title)}, version ${String(version)}`, `${inert(where)}, SHA-256 \`${sha256(text)}\``];
  if (before === undefined) return paragraphs(...head, 'The first version.');
  const added = without(text, before.text);
  const removed = without(before.text, text);
  return paragraphs(
    ...head,
    `Since version ${String(version - 1)}, ${inert(before.where)}, SHA-256 \`${sha256(before.text)}\`:`,
    // Lines of documents are inert, and each begins with a sign here: none of them ends the block.
    ['```diff', ...listed('-', removed), ...listed('+', added), '```'].join('\n'),
  );
}

/** Lines of a text that another one does not have, or not as often. */
function without(text: string, other: string): string[] {
  const counts = new Map<string, number>();
  for (const line of other.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  return text.split('\n').filter((line) => {
    const left = counts.get(line) ?? 0;
    counts.set(line, left - 1);
    return left <= 0 && line.trim() !== '';
  });
}

function listed(sign: string, lines: readonly string[]): string[] {
  const left = lines.length - SHOWN;
  return [
    ...lines.slice(0, SHOWN).map((line) => `${sign} ${line}`),
    ...(left > 0 ? [`${sign} and ${String(left)} more lines`] : []),
  ];
}
