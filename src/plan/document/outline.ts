import type { Heading, List, ListItem, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';
import { singleLine } from '../../base/text.ts';
import type { Point, ProblemCollector } from '../problems.ts';

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

/** One entry of a list: its own words, and the list below it. */
export interface Item {
  readonly text: string;
  /** A checkbox before its words, which is no part of them: `[x]` is ticked. */
  readonly checkbox?: 'ticked' | 'open';
  /** Where its text begins, after the bullet. */
  readonly point: Point;
  readonly items: readonly Item[];
}

/** Whether a node is read as a list; for what is kept beside it. */
export function isList(node: RootContent): boolean {
  return node.type === 'list';
}

/** The entries of every list among some nodes, in document order. */
export function listItems(nodes: readonly RootContent[]): Item[] {
  return nodes.filter((node) => node.type === 'list').flatMap(itemsOf);
}

function itemsOf(list: List): Item[] {
  return list.children.map(itemOf);
}

function itemOf(node: ListItem): Item {
  const words = node.children.filter((child) => child.type !== 'list');
  const text = singleLine(words.map((child) => toString(child)).join(' '));
  const box = /^\[([ xX])\](?: |$)/.exec(text);
  const point = pointOf(words[0] ?? node);
  const items = listItems(node.children);
  if (box === null) return { text, point, items };
  return {
    text: text.slice(box[0].length),
    checkbox: box[1] === ' ' ? 'open' : 'ticked',
    point: { ...point, column: point.column + box[0].length },
    items,
  };
}

/** A tick decides nothing here, which somebody who ticks may not expect. */
export function reportTicks(items: readonly Item[], instead: string, problems: ProblemCollector): void {
  for (const { checkbox, text, point } of items) {
    if (checkbox !== 'ticked') continue;
    problems.finding('checkbox', `The tick before "${text}" is not followed: ${instead}.`, point, {
      suggestion: 'Leave the box empty, or leave it out.',
    });
  }
}
