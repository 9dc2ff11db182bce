import type { PipelineExecution } from '@aws-sdk/client-codepipeline';
import type { PipelineDefinition, ReleaseRequest } from './definition.ts';

/** A revision that an execution has run. */
export interface RanRevision {
  /** Source action. */
  readonly source: string;
  readonly revision: string;
}

/** The revisions that an execution has run, by source action, in the order of the definition. Those that are not known yet are left out. */
export function ranRevisions({ sources }: PipelineDefinition, execution: PipelineExecution): RanRevision[] {
  const { artifactRevisions = [] } = execution;
  return sources.flatMap(({ action, artifact }) => {
    const revision = artifactRevisions.find(({ name }) => name === artifact)?.revisionId;
    return revision === undefined ? [] : [{ source: action, revision }];
  });
}

/** What an execution has to run. */
export interface Wanted extends Pick<ReleaseRequest, 'revisions'> {
  /** True for an execution that brings back what an earlier one has released. */
  readonly isRollback?: boolean;
}

/** The first contradiction between what was asked and what runs, as the rest of a sentence about the execution. */
export function contradiction(
  definition: PipelineDefinition,
  execution: PipelineExecution,
  { revisions, isRollback = false }: Wanted,
): string | undefined {
  if ((execution.executionType === 'ROLLBACK') !== isRollback) {
    return isRollback ? 'is no rollback' : 'is a rollback, which releases nothing new';
  }
  const other = ranRevisions(definition, execution).find(
    ({ source, revision }) => Object.hasOwn(revisions, source) && revisions[source] !== revision,
  );
  if (other === undefined) return undefined;
  const { source, revision } = other;
  return `runs revision ${revision} of source ${source}, and ${String(revisions[source])} was asked for`;
}

/** What an execution that has succeeded leaves unproven, as the rest of a sentence about it. */
export function unproven(
  definition: PipelineDefinition,
  execution: PipelineExecution,
  wanted: Wanted,
): string | undefined {
  const against = contradiction(definition, execution, wanted);
  if (against !== undefined) return against;
  const ran = ranRevisions(definition, execution).map(({ source }) => source);
  const missing = Object.keys(wanted.revisions).filter((source) => !ran.includes(source));
  return missing.length === 0 ? undefined : `does not say which revision of source ${missing.join(', ')} it ran`;
}
