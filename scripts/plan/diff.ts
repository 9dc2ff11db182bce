import { counted } from '../../src/base/text.ts';
import type { PlanChange } from '../../src/plan/changes.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What two plans do not have in common, a row for each part. */
export function diffTable(changes: readonly PlanChange[], terminal: Terminal): string {
  if (changes.length === 0) return 'no differences: both compile to the same plan';
  const rows = changes.map(({ how, what, id, title = '', keys = [] }) => [how, what, id, title, keys.join(', ')]);
  return `${table(['Change', 'Part', 'Id', 'Title', 'What of it'], rows, terminal)}\n\n${counted(changes.length, 'difference')}`;
}
