import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Logger, NativeConnection } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { searchAttributes } from '../contract/names.ts';

// Its exports are made at run time, where Node's reading of CommonJS cannot see them by name.
const { IndexedValueType } = proto.temporal.api.enums.v1;
const indexed = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;
/** As the `temporal` CLI names them. */
const typeNames = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' } as const;

const INVALID_ARGUMENT = 3;
/** How often a running worker looks whether the attributes are still there, in milliseconds: one query that reads no workflows. */
const LOOK_EVERY = 30_000;
/** How long one question to the server may take, in milliseconds. */
const ANSWER_WITHIN = 10_000;

/** Whether a namespace knows the custom search attributes; kept up to date by `keepSearchAttributes`. */
export interface KnownAttributes {
  readonly known: boolean;
}

/** Where search attributes are looked for. */
export interface Place {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/**
 * Makes sure that the namespace knows the custom search attributes: a workflow that upserts an unknown one is stuck.
 *
 * @returns whether it does. On Temporal Cloud they are created with its own CLI, and this only verifies them.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<boolean> {
  const place = { connection, namespace };
  if ((await look(place)) === 'known') return true;
  await add(place);
  return (await look(place)) === 'known';
}

/** The commands that create search attributes: one for each type that they have. */
export function creationCommands(namespace: string, names: readonly string[]): string {
  const wanted = Object.entries(searchAttributes).filter(([name]) => names.includes(name));
  return (['KEYWORD', 'KEYWORD_LIST'] as const)
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
  /** Ends the looking. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. Default 30,000. */
  readonly every?: number;
}

/**
 * Looks again and again whether the attributes are still there, and adds them where it may: a workflow that upserts one which
 * somebody has removed fails every workflow task until it is back, and cannot ask beforehand without events of its own.
 *
 * @param attributes is told what was found
 */
export async function keepSearchAttributes(
  attributes: { known: boolean },
  { signal, every = LOOK_EVERY, ...place }: KeepOptions,
): Promise<void> {
  while (await rested(every, signal)) {
    const found = await look(place);
    // The server does not answer; the workers say so themselves.
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
    logger.warn(`Somebody had removed search attributes from namespace ${namespace}; they have been added again`);
  } else if (known) {
    logger.info(`Namespace ${namespace} knows the search attributes now; phases that start from here on have them`);
  } else if (before) {
    logger.error(
      `Somebody has removed search attributes from namespace ${namespace}, and this worker may not add them: phases that ` +
        `use them are stuck until you do: ${creationCommands(namespace, await missingNames(place))}`,
    );
  }
}

async function rested(ms: number, signal: AbortSignal): Promise<boolean> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

/** Adds those that are missing: a server may refuse all when it knows one of them. */
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
    // No operator service, or no permission, or another worker was faster: the second look decides.
  }
}

async function missingNames(place: Place): Promise<string[]> {
  const missing: string[] = [];
  for (const name of Object.keys(searchAttributes)) if ((await look(place, [name])) === 'unknown') missing.push(name);
  return missing;
}

/** A visibility query that names an unknown attribute is refused, on every kind of server. */
async function look(
  { connection, namespace }: Place,
  names: readonly string[] = Object.keys(searchAttributes),
): Promise<'known' | 'unknown' | 'unsure'> {
  // No workflow has this id, so that the server need not count anything.
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
