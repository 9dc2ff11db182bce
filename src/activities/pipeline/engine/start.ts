import { StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { explained, isNamed, nameOf, pause, type PipelineAddress } from './address.ts';
import { findStarted, type MaybeStarted } from './adopt.ts';
import { type PipelineDefinition, requireDeclared } from './definition.ts';

/** A release to start, or to find again. */
export interface Release extends MaybeStarted {
  /** True when no earlier attempt can have sent the request. */
  readonly isFirstAttempt: boolean;
}

export interface StartOptions {
  /** Milliseconds for which a pipeline that is busy is asked again. Default: 10 minutes. */
  readonly busyMs?: number;
  /** Milliseconds between two requests to a busy pipeline, at first. Default: 2 seconds, doubling to 30. */
  readonly pauseMs?: number;
  /** Called when the pipeline is busy, with the reason in words. */
  onBusy?(reason: string): void;
}

const BUSY_MS = 10 * 60_000;
const PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * AWS does not document for how long it remembers a token. After this time the executions are looked through before the request is
 * repeated.
 */
const TOKEN_TRUSTED_MS = 5 * 60_000;

/**
 * Starts the execution of a release, or finds the one that an earlier attempt has started.
 *
 * @returns the id of the execution, the same for every attempt
 * @throws PermanentError when the pipeline does not exist, does not declare what is given, or stays busy
 */
export async function startExecution(
  address: PipelineAddress,
  definition: PipelineDefinition,
  release: Release,
  options: StartOptions = {},
): Promise<string> {
  return explained(address, async () => {
    requireDeclared(address, definition, withToken(release));
    if (!release.isFirstAttempt) {
      const isTrusted = Date.now() - release.since < TOKEN_TRUSTED_MS;
      const isNamedByVariable = release.releaseVariable !== undefined;
      const found = isNamedByVariable || !isTrusted ? await findStarted(address, release) : undefined;
      if (found !== undefined) return found.id;
    }
    return requestStart(address, definition, release, options);
  });
}

/** The request, with the variable that carries the token. */
function withToken(release: Release): Pick<Release, 'variables' | 'revisions'> {
  const { variables, revisions, releaseVariable, token } = release;
  if (releaseVariable === undefined) return { variables, revisions };
  return { variables: { ...variables, [releaseVariable]: token }, revisions };
}

async function requestStart(
  address: PipelineAddress,
  definition: PipelineDefinition,
  release: Release,
  options: StartOptions,
): Promise<string> {
  const { client, pipeline, signal } = address;
  const { busyMs = BUSY_MS, pauseMs = PAUSE_MS } = options;
  const { variables, revisions } = withToken(release);
  const command = new StartPipelineExecutionCommand({
    name: pipeline,
    clientRequestToken: release.token,
    ...(Object.keys(variables).length === 0
      ? {}
      : { variables: Object.entries(variables).map(([name, value]) => ({ name, value })) }),
    ...(Object.keys(revisions).length === 0
      ? {}
      : {
          sourceRevisions: Object.entries(revisions).map(([actionName, revisionValue]) => ({
            actionName,
            revisionType: definition.sources.find(({ action }) => action === actionName)?.revisionType,
            revisionValue,
          })),
        }),
  });
  const giveUp = Date.now() + busyMs;
  for (let next = pauseMs; ; next = Math.min(next * 2, LONGEST_PAUSE_MS)) {
    try {
      const { pipelineExecutionId } = await client.send(command, { abortSignal: signal });
      if (pipelineExecutionId === undefined)
        throw new TypeError(`${nameOf(address)} started an execution without an id`);
      return pipelineExecutionId;
    } catch (error) {
      const reason = busyReason(error);
      if (reason === undefined) throw error;
      if (Date.now() + next > giveUp) throw new PermanentError(`${nameOf(address)} ${reason}. Send retry later.`);
      options.onBusy?.(reason);
      await pause(address, next * (0.9 + Math.random() / 5));
    }
  }
}

function busyReason(error: unknown): string | undefined {
  if (isNamed(error, 'ConflictException')) return 'is busy with another change of it, so it starts nothing';
  if (isNamed(error, 'ConcurrentPipelineExecutionsLimitExceededException')) {
    return 'has as many executions as AWS allows at once, so it starts nothing';
  }
  return undefined;
}
