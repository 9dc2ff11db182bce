import { bytesOf } from '../../plan/bytes.ts';
import { MESSAGE_BYTES } from './messages.ts';

/** The first of the items that together fit into one message; at least one, since a single one always does. */
export function portionOf<Item>(items: readonly Item[], saidOf: (item: Item) => unknown): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += bytesOf(saidOf(item));
    return index > 0 && bytes > MESSAGE_BYTES;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}
