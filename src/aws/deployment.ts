import { createHash } from 'node:crypto';
import type { StackAddress } from './stack.ts';

/** One deployment of a stack: what is to be there, and who wants it. */
export interface StackDeployment extends StackAddress {
  /** Names this deployment; whoever comes again with the same identity and contents finds and continues what was begun. */
  readonly identity: string;
  readonly template: TemplateFile;
  readonly parameters: { readonly [name: string]: string };
  readonly capabilities: readonly string[];
  readonly tags: { readonly [name: string]: string };
  /** Keeps a stack that is being created when the deployment is cancelled, instead of deleting it. */
  readonly protected: boolean;
}

export interface TemplateFile {
  /** Absolute path of the phase folder. */
  readonly folder: string;
  /** Path within it. */
  readonly path: string;
  /** Hex SHA-256 that the compilation recorded; `null` where the file was missing. */
  readonly digest: string | null;
}

/** Names under which a deployment is known to AWS; the same for each attempt, so that a later one finds the work of an earlier. */
export interface OperationNames {
  readonly changeSet: string;
  readonly description: string;
  /** Idempotency token of CreateChangeSet. */
  readonly createToken: string;
  /** Idempotency token of ExecuteChangeSet; every event of the operation carries it. */
  readonly executeToken: string;
  /** Idempotency token of the request that settles the deployment after a cancellation. */
  readonly settleToken: string;
}

/**
 * Derives the names from the identity and the contents. AWS refuses a repeated request whose attributes differ, so nothing in
 * them may come from a clock or be random.
 */
export function operationNames(deployment: StackDeployment): OperationNames {
  const { identity, region, stackName, template, parameters, capabilities, tags } = deployment;
  const key = JSON.stringify([identity, region, stackName, template.digest, parameters, capabilities, tags]);
  const name = `phasegate-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  return {
    changeSet: name,
    description: `phasegate ${identity}`.slice(0, 1024),
    createToken: name,
    executeToken: `${name}-execute`,
    settleToken: `${name}-settle`,
  };
}
