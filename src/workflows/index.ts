import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

export { archive } from './phase/archive.ts';
export { milestone } from './milestone/milestone.ts';
export { phase } from './phase/phase.ts';

/** Fails a mistyped workflow type at once; without a default export the workflow would be stuck for ever. */
export default function unknownWorkflowType(): Promise<never> {
  const { workflowType } = workflowInfo();
  throw ApplicationFailure.nonRetryable(`Unknown workflow type "${workflowType}"; start a phase with --type phase`);
}
