import type { List, ListItem, RootContent } from 'mdast';
import { toString } from 'mdast-util-to-string';
import { pointOf } from './outline.ts';
import type { Point, ProblemCollector } from './problem-collector.ts';
import { singleLine } from './text.ts';

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
