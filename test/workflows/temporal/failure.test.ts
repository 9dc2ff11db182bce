import { ActivityFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { rootMessage } from '../../../src/workflows/temporal/failure.ts';

describe('why a step has failed', () => {
  it('names the task queue that nobody has polled', () => {
    const timeout = new TimeoutFailure('activity ScheduleToStart timeout', undefined, 'SCHEDULE_TO_START');
    const failure = new ActivityFailure('failed', 'step.stacks', '1', RetryState.TIMEOUT, undefined, timeout);
    assert.match(
      rootMessage(failure, 'security'),
      /task queue security; start one with PHASEGATE_TASK_QUEUE=security, then/,
    );
  });
});
