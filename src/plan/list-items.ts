import type { List, ListItem, RootContent } from 'mdast';
import { toString } from 'mdast-util-to-string';
import { pointOf } from './outline.ts';
import type { Point } from './problem-collector.ts';
import { singleLine } from './text.ts';

/** One entry of a list: its own words, and the list below it. */
export interface Item {
  readonly text: string;
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
  return {
    text: singleLine(words.map((child) => toString(child)).join(' ')),
    point: pointOf(words[0] ?? node),
    items: listItems(node.children),
  };
}
