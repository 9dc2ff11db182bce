import fc from 'fast-check';
import assert from 'node:assert/strict';
import { earliestFailure } from '../../../src/activities/pipeline/engine/failure.ts';
import { readLogArn } from '../../../src/activities/pipeline/engine/log-tail.ts';

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000);
const run = (actionName: string, status: string, start: number, end: number) => ({
  stageName: 'Build',
  actionName,
  status,
  startTime: at(start),
  lastUpdateTime: at(end),
});

describe('the failed action that explains an execution', () => {
  it('is the one that failed first, in whatever order AWS lists them', () => {
    const runs = [run('Lint', 'Failed', 0, 9), run('Test', 'Failed', 0, 4), run('Scan', 'Succeeded', 0, 1)];
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: 3 }), (listed) => {
        assert.equal(earliestFailure(listed)?.actionName, 'Test');
      }),
    );
  });

  it('is not a run that was retried since', () => {
    const runs = [run('Test', 'Failed', 0, 4), run('Test', 'Succeeded', 10, 14), run('Lint', 'Failed', 10, 19)];
    assert.equal(earliestFailure(runs)?.actionName, 'Lint');
    assert.equal(earliestFailure(runs.slice(0, 2)), undefined);
  });

  it('is none when nothing has failed', () => {
    assert.equal(earliestFailure([run('Test', 'Abandoned', 0, 4), run('Lint', 'InProgress', 0, 1)]), undefined);
    assert.equal(earliestFailure<ReturnType<typeof run>>([]), undefined);
  });
});

describe('the ARN of a log', () => {
  it('names region, group and stream', () => {
    const arn = 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/codebuild/shop:log-stream:build/1:2';
    const stream = { region: 'eu-west-1', group: '/aws/codebuild/shop', stream: 'build/1:2' };
    assert.deepEqual(readLogArn(arn), stream);
    assert.equal(readLogArn('arn:aws:s3:::logs'), undefined);
  });
});
