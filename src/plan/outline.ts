import type { Heading, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';
import type { Point } from './problem-collector.ts';
import { singleLine } from './text.ts';

/** A heading and what stands below it, up to the next heading of its level. */
export interface Section {
  readonly title: string;
  /** 1 for `#`; 0 for the whole document. */
  readonly depth: number;
  readonly point: Point;
  /** What stands before the first heading below. */
  readonly content: RootContent[];
  readonly sections: Section[];
}

/** The document as a tree of sections. */
export function readOutline(text: string): Section {
  const root: Section = { title: '', depth: 0, point: { line: 1, column: 1 }, content: [], sections: [] };
  const open = [root];
  for (const node of fromMarkdown(text).children) {
    if (node.type === 'heading') {
      while ((open.at(-1)?.depth ?? 0) >= node.depth) open.pop();
      const section = sectionOf(node);
      (open.at(-1) ?? root).sections.push(section);
      open.push(section);
    } else if (!isSilent(node)) {
      (open.at(-1) ?? root).content.push(node);
    }
  }
  return root;
}

/** Comments, and rules between paragraphs, say nothing. */
function isSilent(node: RootContent): boolean {
  if (node.type === 'html') return /^<!--[^]*-->$/.test(node.value);
  return node.type === 'thematicBreak' || node.type === 'definition';
}

function sectionOf(heading: Heading): Section {
  return {
    title: singleLine(toString(heading)),
    depth: heading.depth,
    point: pointOf(heading),
    content: [],
    sections: [],
  };
}

/** Where a node begins. The parser always gives positions; the type allows for trees made by hand. */
export function pointOf(node: { readonly position?: { readonly start: Point } | undefined }): Point {
  return { line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1 };
}

/** The Markdown of some nodes, as written. */
export function markdownOf(text: string, nodes: readonly RootContent[]): string {
  return nodes
    .map(({ position }) => text.slice(position?.start.offset, position?.end.offset).trim())
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The Markdown of a whole section below its heading, as written. */
export function markdownBelow(text: string, section: Section): string {
  const parts = [markdownOf(text, section.content)];
  for (const below of section.sections) {
    parts.push(`${'#'.repeat(below.depth)} ${below.title}`, markdownBelow(text, below));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}
