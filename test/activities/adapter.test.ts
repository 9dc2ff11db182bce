import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { kindActivities } from '../../src/activities/adapter.ts';
import {
  NeedsApproval,
  type CheckDefinition,
  type CheckResult,
  type StepDefinition,
} from '../../src/activities/define.ts';
import { Bench } from '../support/kinds.ts';
import { checkCall, memoryStore, stepCall } from '../support/tools.ts';

const { act, met } = new Bench();

/** Runs a step as a worker would. */
async function runStep(run: StepDefinition['run'], info: object = {}): Promise<unknown> {
  const step: StepDefinition<string> = { ...act, run };
  const { 'step.act': activity } = kindActivities([step], [], { phasesDir: '.', records: memoryStore() });
  return new MockActivityEnvironment(info).run(activity as () => Promise<unknown>, stepCall('act', {}) as never);
}

async function runCheck(found: CheckResult): Promise<unknown> {
  const check: CheckDefinition<string> = { ...met, run: () => Promise.resolve(found) };
  const { 'check.met': activity } = kindActivities([], [check], { phasesDir: '.', records: memoryStore() });
  return new MockActivityEnvironment().run(activity as () => Promise<unknown>, checkCall('met', {}) as never);
}

function isFailure(error: unknown): error is ApplicationFailure {
  assert.ok(error instanceof ApplicationFailure);
  return true;
}

describe('the adapter of steps and checks', () => {
  it('clips what a check says, and refuses evidence that belongs elsewhere', async () => {
    const { reason } = (await runCheck({ state: 'failed', reason: 'x'.repeat(3_000_000) })) as CheckResult;
    assert.equal(reason.length, 2_000);
    const evidence = Array.from({ length: 10_000 }, (_, index) => `file ${index}`);
    await assert.rejects(runCheck({ state: 'passed', reason: 'fine', evidence }), (error) => {
      return isFailure(error) && error.nonRetryable === true && /its evidence holds at most 64000/.test(error.message);
    });
  });

  it('clips what a failure says, whether or not another attempt follows', async () => {
    const long = 'x'.repeat(3_000_000);
    await assert.rejects(
      runStep(() => Promise.reject(new RangeError(long))),
      (error) => isFailure(error) && error.message.length === 2_000 && error.nonRetryable !== true,
    );
  });

  it('knows what asks by its name, since a kind may come from another package', async () => {
    const { message, changes } = new NeedsApproval(['database: replaced'], 'a plan');
    const foreign = Object.assign(new Error(message), { name: 'NeedsApproval', changes });
    await assert.rejects(
      runStep(() => Promise.reject(foreign)),
      (error) => {
        assert.deepEqual(isFailure(error) && [error.type, error.nonRetryable, error.details], [
          'NeedsApproval',
          true,
          [changes],
        ]);
        return true;
      },
    );
  });

  it('hands an attempt what the one before it has shown last', async () => {
    const seen: unknown[] = [];
    const note: StepDefinition['run'] = (_call, { shown, attempt }) => {
      seen.push([attempt, shown]);
      return Promise.resolve({});
    };
    await runStep(note);
    await runStep(note, { attempt: 2, heartbeatDetails: { done: 3 } });
    assert.deepEqual(seen, [
      [1, undefined],
      [2, { done: 3 }],
    ]);
  });
});
