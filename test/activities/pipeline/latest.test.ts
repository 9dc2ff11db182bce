import type { PipelineExecutionStatus, PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { judge } from '../../../src/activities/pipeline/engine/latest.ts';

const execution = (
  id: string,
  status: PipelineExecutionStatus,
  revision: string,
  more: Partial<PipelineExecutionSummary> = {},
): PipelineExecutionSummary => ({
  pipelineExecutionId: id,
  status,
  sourceRevisions: [{ actionName: 'Fetch', revisionId: revision }],
  ...more,
});
const wanted = { Fetch: 'v1' };

describe('the release that a pipeline check looks for', () => {
  it('is the latest execution of the revision, if it has succeeded', () => {
    const found = judge([execution('e2', 'Succeeded', 'v1'), execution('e1', 'Failed', 'v1')], wanted);
    assert.deepEqual(found, { state: 'released', executionId: 'e2', revisions: ['Fetch v1'] });
  });

  it('is not there when the latest execution of the revision has not succeeded', () => {
    for (const status of ['Failed', 'Stopped', 'Superseded', 'Cancelled'] as const) {
      const found = judge([execution('e2', status, 'v1'), execution('e1', 'Succeeded', 'v1')], wanted);
      assert.deepEqual(found, { state: 'not released', why: `execution e2 is ${status}` });
    }
  });

  it('is waited for while it runs', () => {
    assert.equal(judge([execution('e2', 'InProgress', 'v1')], wanted).state, 'running');
  });

  it('is gone after a later success of another revision, but not after a later failure', () => {
    const ours = execution('e1', 'Succeeded', 'v1');
    assert.deepEqual(judge([execution('e2', 'Succeeded', 'v2'), ours], wanted), {
      state: 'not released',
      why: 'execution e2 has released Fetch v2 since',
    });
    assert.equal(judge([execution('e2', 'Failed', 'v2'), ours], wanted).state, 'released');
  });

  it('is gone after a rollback, which is no release of its own revisions', () => {
    const rollback = execution('e2', 'Succeeded', 'v0', {
      executionType: 'ROLLBACK',
      rollbackMetadata: { rollbackTargetPipelineExecutionId: 'e0' },
    });
    assert.deepEqual(judge([rollback, execution('e1', 'Succeeded', 'v1')], wanted), {
      state: 'not released',
      why: 'execution e2 has rolled a stage back to e0 since',
    });
    assert.equal(judge([rollback], { Fetch: 'v0' }).state, 'not released');
  });

  it('is any latest execution when no revision is asked for', () => {
    assert.equal(judge([execution('e2', 'Succeeded', 'v9')], {}).state, 'released');
    assert.equal(judge([], {}).state, 'not released');
  });
});
