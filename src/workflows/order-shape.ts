import type { TaskOrder } from './messages.ts';

/** Whether a value is an order for a task. Anybody may send a Signal of that name with any body. */
export function isOrder(order: unknown): order is TaskOrder {
  if (!isRecord(order) || !isRecord(order['message'])) return false;
  const { task, by } = order['message'];
  const texts = [order['name'], task, by];
  return texts.every((text) => typeof text === 'string') && Array.isArray(order['agents']);
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
