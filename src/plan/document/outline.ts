import type { Heading, List, ListItem, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';
import { singleLine } from '../../base/text.ts';
import type { Point, ProblemCollector } from '../problems.ts';

/** A heading and everything below it, up to the next heading of its level. */
export interface Section {
  readonly title: string;
  /** 1 for `#`; 0 for the whole document. */
  readonly depth: number;
  readonly point: Point;
  /** Nodes between this heading and the first heading below it. */
  readonly content: RootContent[];
  readonly sections: Section[];
}

/** Reads a document as a tree of sections. */
export function readOutline(text: string): Section {
  const root: Section = { title: '', depth: 0, point: { line: 1, column: 1 }, content: [], sections: [] };
  const open = [root];
  for (const node of fromMarkdown(text).children) {
    if (node.type === 'heading') {
      while ((open.at(-1)?.depth ?? 0) >= node.depth) open.pop();
      const section = sectionOf(node);
      (open.at(-1) ?? root).sections.push(section);
      open.push(section);
    } else if (!isIgnored(node)) {
      (open.at(-1) ?? root).content.push(node);
    }
  }
  return root;
}

/** True for HTML comments, horizontal rules and link definitions, which have no content. */
function isIgnored(node: RootContent): boolean {
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

/** Start of a node. The parser always sets positions; the type leaves them optional for trees made by hand. */
export function pointOf(node: { readonly position?: { readonly start: Point } | undefined }): Point {
  return { line: node.position?.start.line ?? 1, column: node.position?.start.column ?? 1 };
}

/** Source text of some nodes. */
export function markdownOf(text: string, nodes: readonly RootContent[]): string {
  return nodes
    .map(({ position }) => text.slice(position?.start.offset, position?.end.offset).trim())
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Source text of a section below its heading, with the sections below it. */
export function markdownBelow(text: string, section: Section): string {
  const parts = [markdownOf(text, section.content)];
  for (const below of section.sections) {
    parts.push(`${'#'.repeat(below.depth)} ${below.title}`, markdownBelow(text, below));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One entry of a list: its own text, and the list below it. */
export interface Item {
  readonly text: string;
  /** A checkbox before the text, which `text` leaves out: `[x]` is ticked. */
  readonly checkbox?: 'ticked' | 'open';
  /** Start of its text, after the bullet. */
  readonly point: Point;
  readonly items: readonly Item[];
}

/** True for a list: with `keepRest`, everything else below a heading is kept as a note. */
export function isList(node: RootContent): boolean {
  return node.type === 'list';
}

/** The entries of all lists among the nodes, in document order. */
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

/** Reports ticked checkboxes, because a tick has no effect here and its author may expect one. */
export function reportTicks(items: readonly Item[], instead: string, problems: ProblemCollector): void {
  for (const { checkbox, text, point } of items) {
    if (checkbox !== 'ticked') continue;
    problems.finding('checkbox', `The tick before "${text}" has no effect: ${instead}.`, point, {
      suggestion: 'Leave the box empty, or leave it out.',
    });
  }
}
