import type { PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { explained, type PipelineAddress } from './address.ts';
import { recentExecutions } from './executions.ts';
import { ExecutionStatus } from './status.ts';

/** The judgement of the executions of a pipeline on one set of revisions. */
export type LatestRelease =
  | { readonly state: 'released'; readonly executionId: string; readonly revisions: readonly string[] }
  /** `why` is a sentence without its end. */
  | { readonly state: 'not released' | 'running'; readonly why: string };

/** Executions that are looked through: three pages of a hundred. */
const PAGES = 3;

/** Tells whether revisions were released by a pipeline, and still are. */
export async function latestRelease(
  address: PipelineAddress,
  revisions: { readonly [source: string]: string },
): Promise<LatestRelease> {
  return explained(address, async () => {
    const newestFirst: PipelineExecutionSummary[] = [];
    for await (const summary of recentExecutions(address, { pages: PAGES })) {
      newestFirst.push(summary);
      // What came before the latest release of the revisions does not matter.
      if (isOf(summary, revisions) && ExecutionStatus.of(summary).isReleased) break;
    }
    return judge(newestFirst, revisions);
  });
}

/**
 * Judges executions, newest first. The latest execution of the revisions counts, unless a later success has put others in their place.
 *
 * @param revisions by source action; empty: the latest execution counts, whatever it ran
 */
export function judge(
  newestFirst: readonly PipelineExecutionSummary[],
  revisions: { readonly [source: string]: string },
): LatestRelease {
  const at = newestFirst.findIndex((summary) => isOf(summary, revisions));
  const found = newestFirst[at];
  if (found === undefined)
    return { state: 'not released', why: 'it has no execution of the revision that is asked for' };
  const id = found.pipelineExecutionId ?? '';
  const status = ExecutionStatus.of(found);
  if (!status.isFinal) return { state: 'running', why: `execution ${id} is ${status.status}` };
  const later = newestFirst.slice(0, at).find((summary) => ExecutionStatus.of(summary).outcome === 'succeeded');
  if (later !== undefined) return { state: 'not released', why: laterWords(later) };
  if (!status.isReleased) return { state: 'not released', why: `execution ${id} is ${status.status}` };
  return { state: 'released', executionId: id, revisions: revisionsOf(found) };
}

function isOf(
  { executionType, sourceRevisions = [] }: PipelineExecutionSummary,
  revisions: { readonly [source: string]: string },
): boolean {
  if (executionType === 'ROLLBACK') return false;
  return Object.entries(revisions).every(([source, revision]) =>
    sourceRevisions.some(({ actionName, revisionId }) => actionName === source && revisionId === revision),
  );
}

function laterWords(later: PipelineExecutionSummary): string {
  const { pipelineExecutionId: id = '', executionType, rollbackMetadata } = later;
  if (executionType === 'ROLLBACK') {
    const target = rollbackMetadata?.rollbackTargetPipelineExecutionId ?? 'an earlier execution';
    return `execution ${id} has rolled a stage back to ${target} since`;
  }
  return `execution ${id} has released ${revisionsOf(later).join(', ') || 'another revision'} since`;
}

function revisionsOf({ sourceRevisions = [] }: PipelineExecutionSummary): string[] {
  return sourceRevisions.map(({ actionName = '', revisionId = '' }) => `${actionName} ${revisionId}`).sort();
}
