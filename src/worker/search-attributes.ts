import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Logger, NativeConnection } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { searchAttributes } from '../contract/names.ts';

// The package builds its exports at run time, so Node cannot detect them as named exports of CommonJS.
const { IndexedValueType } = proto.temporal.api.enums.v1;
const indexed = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;
/** Names of the types in the `temporal` CLI. */
const typeNames = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList', INT: 'Int' } as const;

const INVALID_ARGUMENT = 3;
/** Interval at which a running worker checks that the attributes still exist, in milliseconds: one query that reads no workflows. */
const LOOK_EVERY = 30_000;
/** Time limit for one request to the server, in milliseconds. */
const ANSWER_WITHIN = 10_000;

/** Tells whether a namespace has the custom search attributes. `keepSearchAttributes` keeps it up to date. */
export interface KnownAttributes {
  readonly known: boolean;
}

/** The namespace of the search attributes, with a connection to its server. */
export interface Place {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/**
 * Makes sure that the namespace has the custom search attributes: a workflow that upserts an unknown one is stuck. On Temporal Cloud
 * they are created with Cloud's own CLI, and this function only checks them.
 *
 * @returns true when the namespace has all of them
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<boolean> {
  const place = { connection, namespace };
  if ((await look(place)) === 'known') return true;
  await add(place);
  return (await look(place)) === 'known';
}

/** The commands that create search attributes, one for each type. */
export function creationCommands(namespace: string, names: readonly string[]): string {
  const wanted = Object.entries(searchAttributes).filter(([name]) => names.includes(name));
  return (['KEYWORD', 'KEYWORD_LIST', 'INT'] as const)
    .map((type) => [typeNames[type], wanted.filter(([, key]) => key.type === type).map(([name]) => name)] as const)
    .filter(([, ofType]) => ofType.length > 0)
    .map(([type, ofType]) => {
      const options = ofType.map((name) => ` --name ${name}`).join('');
      return `temporal operator search-attribute create --namespace ${namespace} --type ${type}${options}`;
    })
    .join(' && ');
}

export interface KeepOptions extends Place {
  readonly logger: Logger;
  /** Stops the checks. */
  readonly signal: AbortSignal;
  /** Milliseconds between two checks. Default 30,000. */
  readonly every?: number;
}

/**
 * Checks at intervals that the attributes still exist, and adds missing ones if it may. If an attribute is removed, a workflow that
 * upserts it fails every workflow task until it is back, and a workflow could not check beforehand without events of its own.
 *
 * @param attributes is updated with every result
 */
export async function keepSearchAttributes(
  attributes: { known: boolean },
  { signal, every = LOOK_EVERY, ...place }: KeepOptions,
): Promise<void> {
  while (await rested(every, signal)) {
    const found = await look(place);
    // `unsure` means that the server does not answer, which the workers log themselves.
    if (found === 'unsure' || (found === 'known' && attributes.known)) continue;
    const known = found === 'known' || (await ensureSearchAttributes(place.connection, place.namespace));
    await tell(place, { before: attributes.known, known });
    attributes.known = known;
  }
}

async function tell(
  { logger, ...place }: Place & { readonly logger: Logger },
  { before, known }: { readonly before: boolean; readonly known: boolean },
): Promise<void> {
  const { namespace } = place;
  if (before && known) {
    logger.warn(`Search attributes had been removed from namespace ${namespace}; they have been added again`);
  } else if (known) {
    logger.info(`Namespace ${namespace} has the search attributes now; phases that start from now on set them`);
  } else if (before) {
    logger.error(
      `Search attributes have been removed from namespace ${namespace}, and this worker may not add them. Phases that ` +
        `use them are stuck until you run: ${creationCommands(namespace, await missingNames(place))}`,
    );
  }
}

async function rested(ms: number, signal: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

/** Adds only the missing attributes: a server may refuse all of them when one exists already. */
async function add(place: Place): Promise<void> {
  const { connection, namespace } = place;
  const missing = await missingNames(place);
  const wanted = Object.entries(searchAttributes)
    .filter(([name]) => missing.includes(name))
    .map(([name, { type }]) => [name, indexed[type]] as const);
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(wanted) }),
    );
  } catch {
    // There is no operator service, or no permission, or another worker was faster. The caller checks again.
  }
}

async function missingNames(place: Place): Promise<string[]> {
  const missing: string[] = [];
  for (const name of Object.keys(searchAttributes)) if ((await look(place, [name])) === 'unknown') missing.push(name);
  return missing;
}

/** Checks with a visibility query, which every kind of server refuses when it names an unknown attribute. */
async function look(
  { connection, namespace }: Place,
  names: readonly string[] = Object.keys(searchAttributes),
): Promise<'known' | 'unknown' | 'unsure'> {
  // No workflow has this id, so the server has nothing to count.
  const query = ["WorkflowId = 'phasegate-has-no-such-workflow'", ...names.map((name) => `${name} IS NULL`)].join(
    ' AND ',
  );
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN, () =>
      connection.workflowService.countWorkflowExecutions({ namespace, query }),
    );
    return 'known';
  } catch (error) {
    return isGrpcServiceError(error) && (error.code as number) === INVALID_ARGUMENT ? 'unknown' : 'unsure';
  }
}
