import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../workflows/search-attributes.ts';

// Its exports are made at run time, where Node's reading of CommonJS cannot see them by name.
const { IndexedValueType } = proto.temporal.api.enums.v1;
const indexed = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

/**
 * Makes sure that the namespace knows the custom search attributes: a workflow that upserts an unknown one is stuck for ever.
 *
 * @returns whether it does. On Temporal Cloud they are created with its own CLI, and this only verifies them.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<boolean> {
  if (await areKnown(connection, namespace)) return true;
  const wanted = Object.entries(searchAttributes).map(([name, { type }]) => [name, indexed[type]] as const);
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(wanted) });
  } catch {
    // No operator service, or no permission, or another worker was faster: the second look decides.
  }
  return areKnown(connection, namespace);
}

/** A visibility query that names an unknown attribute is refused, on every kind of server. */
async function areKnown(connection: NativeConnection, namespace: string): Promise<boolean> {
  const query = Object.keys(searchAttributes)
    .map((name) => `${name} IS NULL`)
    .join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch {
    return false;
  }
}
