import type { PipelineExecution } from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { explained, nameOf, type PipelineAddress } from './address.ts';
import type { PendingApproval } from './blocked.ts';
import { type PipelineDefinition, readDefinition } from './definition.ts';
import { diagnose } from './failure.ts';
import { ExecutionFollower, type FollowOptions, type ReleaseProgress } from './follow.ts';
import { type RanRevision, ranRevisions, unproven, type Wanted } from './proof.ts';
import { type Release, startExecution } from './start.ts';
import type { ExecutionStatus } from './status.ts';
import { stopExecution } from './stop.ts';

/** The settings of a release that hold for every attempt. */
export interface ReleaseSettings {
  /** Manual approvals, as `Stage/Action`, that are cleared here. */
  readonly clears: readonly string[];
  /** Milliseconds after which the execution is stopped. Absent: after six hours the waiting ends, and AWS goes on. */
  readonly deadlineMs?: number | undefined;
  /** Text that AWS keeps with an approval, and with a stop. */
  readonly by: string;
  /** Milliseconds of waiting for one request. Default: 5000. */
  readonly everyMs?: number | undefined;
}

export interface ReleaseOptions {
  /** Id that an earlier attempt has recorded. */
  readonly known?: string | undefined;
  /** Epoch milliseconds from which the deadline counts. */
  readonly begunAt: number;
  /** True when a person has agreed to exactly this approval. */
  isApproved(awaiting: AwaitingApproval): boolean;
  /** Records the id, so that a later attempt finds the execution. Awaited before the execution is followed. */
  onStarted(id: string): Promise<void>;
  onProgress(progress: ReleaseProgress): void;
}

/** A manual approval for which a person has to be asked. */
export interface AwaitingApproval extends PendingApproval {
  readonly outcome: 'needs approval';
  readonly executionId: string;
  readonly arn: string;
  readonly revisions: readonly RanRevision[];
}

/** An execution that has succeeded, with the revisions that were asked for. */
export interface Released {
  readonly outcome: 'released';
  readonly executionId: string;
  readonly arn: string;
  readonly revisions: readonly RanRevision[];
}

const SIX_HOURS = 6 * 60 * 60_000;

/**
 * Releases through a pipeline: starts an execution, or finds the one that an earlier attempt has started, and follows it to its end.
 *
 * @throws PermanentError with the reason when it does not end in success with the revisions that were asked for
 */
export async function releaseThrough(
  address: PipelineAddress,
  release: Release,
  settings: ReleaseSettings,
  options: ReleaseOptions,
): Promise<Released | AwaitingApproval> {
  return explained(address, async () => {
    const definition = await readDefinition(address);
    requireApprovals(address, definition, settings.clears);
    const isKnown = options.known !== undefined;
    const id = options.known ?? (await startExecution(address, definition, release, onBusy(options)));
    const { revisions } = release;
    const begunAt = isKnown ? release.since : Date.now();
    if (!isKnown) await options.onStarted(id);
    return followExecution(address, definition, id, { wanted: { revisions }, settings, options, begunAt });
  });
}

function onBusy(options: ReleaseOptions) {
  return {
    onBusy: (reason: string) => {
      options.onProgress({ status: 'waiting to start', blocked: `the pipeline ${reason}` });
    },
  };
}

function requireApprovals(
  address: PipelineAddress,
  { approvals }: PipelineDefinition,
  clears: readonly string[],
): void {
  for (const approval of clears) {
    if (approvals.includes(approval)) continue;
    const expected = approvals.length === 0 ? 'it has none' : `it has ${approvals.join(', ')}`;
    throw new PermanentError(
      `${nameOf(address)} has no manual approval "${approval}" (${expected}). Correct "approvals:" in the playbook; then send retry.`,
    );
  }
}

/** An execution to follow, and how. */
export interface Following {
  readonly wanted: Wanted;
  readonly settings: ReleaseSettings;
  readonly options: Pick<ReleaseOptions, 'begunAt' | 'isApproved' | 'onProgress'>;
  /** Epoch milliseconds at which the execution began. */
  readonly begunAt: number;
}

/** Follows an execution to its end, and proves what it ran. */
export async function followExecution(
  address: PipelineAddress,
  definition: PipelineDefinition,
  id: string,
  { wanted, settings, options, begunAt }: Following,
): Promise<Released | AwaitingApproval> {
  const { clears, by, everyMs, deadlineMs = SIX_HOURS } = settings;
  const awaiting = (pending: PendingApproval, execution: PipelineExecution): AwaitingApproval => ({
    ...pending,
    outcome: 'needs approval',
    executionId: id,
    arn: definition.arn,
    revisions: ranRevisions(definition, execution),
  });
  const follow: FollowOptions = {
    wanted,
    begunAt,
    deadline: options.begunAt + deadlineMs,
    clears,
    everyMs,
    summary: by,
    isApproved: (pending, execution) => options.isApproved(awaiting(pending, execution)),
    onProgress: options.onProgress,
  };
  const followed = await new ExecutionFollower(address, definition, id, follow).follow();
  const name = `${nameOf(address)}: execution ${id}`;
  switch (followed.outcome) {
    case 'needs approval':
      return awaiting(followed.pending, followed.execution);
    case 'contradicts': {
      const stopped = await stopExecution(address, id, { reason: 'It does not run what was asked for.' });
      throw new PermanentError(`${name} ${followed.why}; ${stopped}. Send retry to start another one.`);
    }
    case 'late': {
      const why = followed.blocked === undefined ? '' : `: ${followed.blocked}`;
      if (settings.deadlineMs === undefined) {
        throw new PermanentError(`${name} takes too long${why}. Nothing was stopped; send retry to go on waiting.`);
      }
      const stopped = await stopExecution(address, id, { reason: `${by}: deadline` });
      throw new PermanentError(`${name} did not end before its deadline${why}; ${stopped}. Send retry to start again.`);
    }
    case 'ended': {
      const { execution, status } = followed;
      if (status.outcome !== 'succeeded') throw await failed(address, name, execution, status);
      const why = unproven(definition, execution, wanted);
      if (why !== undefined)
        throw new PermanentError(`${name} succeeded, but ${why}. This is not the release that was asked for.`);
      const revisions = ranRevisions(definition, execution);
      return { outcome: 'released', executionId: id, arn: definition.arn, revisions };
    }
  }
}

/** The error for an execution that has ended in another way than by success. */
async function failed(
  address: PipelineAddress,
  name: string,
  execution: PipelineExecution,
  status: ExecutionStatus,
): Promise<PermanentError> {
  const { outcome } = status;
  const cause = outcome === 'failed' || outcome === 'stopped' ? await diagnose(address, execution) : '';
  const because = cause === '' ? '' : `: ${cause}`;
  switch (outcome) {
    case 'failed':
      return new PermanentError(`${name} failed${because}. Mend the cause and send retry.`);
    case 'stopped':
      return new PermanentError(`${name} was stopped on AWS${because}. Send retry to start another one.`);
    case 'superseded':
      return new PermanentError(
        `${name} was superseded by a later execution, which may release another revision. Send retry to start again, or skip.`,
      );
    case 'cancelled':
      return new PermanentError(
        `${name} was cancelled, because the pipeline was changed while it ran. Send retry to start another one.`,
      );
    case 'running':
    case 'succeeded':
      throw new TypeError(`${name} has not failed`);
  }
}
