import { PipelineExecutionStatus } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { ExecutionStatus } from '../../../src/activities/pipeline/engine/status.ts';

describe('the status of an execution', () => {
  const outcomes: { readonly [status in PipelineExecutionStatus]: string } = {
    InProgress: 'running',
    Stopping: 'running',
    Succeeded: 'succeeded',
    Failed: 'failed',
    Stopped: 'stopped',
    Superseded: 'superseded',
    Cancelled: 'cancelled',
  };
  for (const status of Object.values(PipelineExecutionStatus)) {
    it(`${status} means ${outcomes[status]}`, () => {
      assert.equal(ExecutionStatus.of({ status }).outcome, outcomes[status]);
    });
  }

  it('only InProgress and Stopping are not final', () => {
    const open = Object.values(PipelineExecutionStatus).filter((status) => !ExecutionStatus.of({ status }).isFinal);
    assert.deepEqual(open.toSorted(), ['InProgress', 'Stopping']);
  });

  it('only Succeeded is a release, and not that of a rollback', () => {
    const released = Object.values(PipelineExecutionStatus).filter(
      (status) => ExecutionStatus.of({ status, executionType: 'STANDARD' }).isReleased,
    );
    assert.deepEqual(released, ['Succeeded']);
    assert.equal(ExecutionStatus.of({ status: 'Succeeded', executionType: 'ROLLBACK' }).isReleased, false);
  });

  it('an unknown status is an error, and never read as another one', () => {
    assert.throws(
      () => ExecutionStatus.of({ status: 'SUCCEEDED' as PipelineExecutionStatus }),
      /unknown execution status/,
    );
    assert.throws(() => ExecutionStatus.of({}), /unknown execution status undefined/);
  });
});
