import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { Heartbeats } from '../../../src/worker/host/heartbeats.ts';
import { kindActivities, quietFor, type Surroundings } from '../../../src/worker/host/kinds.ts';
import {
  NeedsApproval,
  type CheckCall,
  type CheckDefinition,
  type CheckResult,
  type StepDefinition,
} from '../../../src/contract/kinds.ts';
import { Bench } from '../../support/kinds.ts';
import { checkCall, memoryStore, stepCall } from '../../support/tools.ts';

const { act, met } = new Bench();
const heartbeats = await Heartbeats.open(null);

function around(): Surroundings {
  return { phasesDir: '.', records: memoryStore(), heartbeats };
}

/** Runs a step as a worker would. */
async function runStep(run: StepDefinition['run'], info: object = {}): Promise<unknown> {
  const step: StepDefinition<string> = { ...act, run };
  const { 'step.act': activity } = kindActivities([step], [], around());
  return new MockActivityEnvironment(info).run(activity as () => Promise<unknown>, stepCall('act', {}) as never);
}

async function runCheck(found: CheckResult): Promise<unknown> {
  const check: CheckDefinition<string> = { ...met, run: () => Promise.resolve(found) };
  const { 'check.met': activity } = kindActivities([], [check], around());
  return new MockActivityEnvironment().run(activity as () => Promise<unknown>, checkCall('met', {}) as never);
}

/** Polls a check once, that many milliseconds after it was asked for. */
async function poll(found: CheckResult | Error, known: CheckCall['known'], after: number): Promise<unknown> {
  const run = () => (found instanceof Error ? Promise.reject(found) : Promise.resolve(found));
  const { 'check.met': activity } = kindActivities([], [{ ...met, run }], around());
  const call: CheckCall = {
    ...checkCall('met', {}),
    poll: 'until passed',
    ...(known === undefined ? {} : { known }),
  };
  const env = new MockActivityEnvironment({ attempt: 2, scheduledTimestampMs: Date.now() - after });
  return env.run(activity as () => Promise<unknown>, call as never);
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

  it('answers a poll with what else has been found, but not at once, and backs off as long as it goes on so', async () => {
    const known = { state: 'failed', reason: '2 alarms', answers: 0 } as const;
    const news: CheckResult = { state: 'failed', reason: '1 alarm' };
    const delayOf = async (found: CheckResult, more: Partial<typeof known> | { answers: number }, after: number) => {
      const error: unknown = await poll(found, { ...known, ...more }, after).catch((reason: unknown) => reason);
      return error instanceof ApplicationFailure ? error.nextRetryDelay : error;
    };
    assert.equal(await delayOf(news, {}, 5_000), 60_000);
    assert.deepEqual(await delayOf(news, {}, 10_000), news);
    assert.deepEqual(await delayOf({ ...known, state: 'inconclusive' }, {}, 10_000), {
      ...known,
      state: 'inconclusive',
    });
    assert.equal(await delayOf({ state: 'failed', reason: '2 alarms' }, {}, 10_000_000), 60_000, 'no news');
    assert.equal(await delayOf(news, { answers: 3 }, 79_000), 480_000);
    assert.deepEqual(await delayOf(news, { answers: 3 }, 80_000), news);
    await assert.rejects(poll(news, undefined, 10_000_000), isFailure);
  });

  it('answers a poll with what keeps it from looking, and has the server ask again meanwhile', async () => {
    const known = { state: 'failed', reason: '2 alarms', answers: 0 } as const;
    const lost = new Error('the connection was refused');
    await assert.rejects(poll(lost, known, 5_000), /the connection was refused/);
    assert.deepEqual(await poll(lost, known, 10_000), { state: 'failed', reason: 'the connection was refused' });
  });

  it('answers polls that always find something else 31 times on the first day, and 24 times on each after', () => {
    const day = 86_400_000;
    let answers = 0;
    for (let at = quietFor(0); at <= day; at += quietFor(answers)) answers += 1;
    assert.deepEqual([answers, day / quietFor(answers)], [31, 24]);
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
