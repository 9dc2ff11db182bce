import { msToTs } from '@temporalio/common/lib/time.js';
import assert from 'node:assert/strict';
import { OpenTask, OVERTAKEN, REPEAT } from '../../../src/workflows/temporal/open-task.ts';

type Activation = Parameters<OpenTask['fault']>[0];
type Job = NonNullable<Activation['jobs']>[number];

const info = { taskTimeoutMs: 10_000 };
const signal: Job = { signalWorkflow: { signalName: 'progress' } };
const end: Job = { resolveActivity: { seq: 1, isLocal: true } };
const query: Job = { queryWorkflow: { queryId: '7', queryType: 'status' } };
const queryByItself: Job = { queryWorkflow: { queryId: 'legacy_query', queryType: 'status' } };

/** An activation of the workflow task that has begun with that event, at that second. */
function at(event: number, second: number, ...jobs: Job[]): Activation {
  return { historyLength: event, timestamp: msToTs(second * 1000), isReplaying: false, jobs };
}

function replayed(activation: Activation): Activation {
  return { ...activation, isReplaying: true };
}

const never = new Promise<void>(() => undefined);

/** What is said of the last activation, when a local activity begins with the first. */
async function faultOf(
  [first, ...others]: readonly [Activation, ...Activation[]],
  local = never,
): Promise<string | undefined> {
  const task = new OpenTask();
  assert.equal(task.fault(first, info), undefined);
  assert.equal(task.during(local), local, 'its end is heard when it was');
  await new Promise(setImmediate);
  const faults = others.map((activation) => task.fault(activation, info));
  assert.ok(faults.slice(0, -1).every((fault) => fault === undefined));
  return faults.at(-1);
}

describe('while a local activity runs, a workflow task is done again', () => {
  const many = Array.from({ length: 101 }, () => signal);
  const cases: readonly (readonly [string, string, readonly [Activation, ...Activation[]]])[] = [
    ['when another one comes before the SDK has completed it', OVERTAKEN, [at(7, 1, signal), at(20, 3, signal)]],
    ['when more has come than waits for its end', OVERTAKEN, [at(7, 1, signal), at(120, 10, ...many)]],
    ['when a query has come by itself', OVERTAKEN, [at(7, 1, signal), at(7, 1, queryByItself), at(20, 11, end)]],
    [
      'when its end comes beside something, after a query',
      REPEAT,
      [at(7, 1, signal), at(7, 1, query), at(11, 1, end, signal)],
    ],
  ];
  for (const [name, fault, activations] of cases)
    it(name, async () => {
      assert.equal(await faultOf(activations), fault);
    });
});

describe('while a local activity runs, a workflow task goes on', () => {
  const cases: readonly (readonly [string, readonly [Activation, ...Activation[]]])[] = [
    ['when it is over', [at(7, 1, signal), at(7, 2, end)]],
    ['when the one before has lasted', [at(7, 1, signal), at(11, 9.1, signal)]],
    ['when the one before has answered a query', [at(7, 1, signal), at(7, 1, query), at(11, 1, signal)]],
    ['when the one before was replayed', [replayed(at(7, 1, signal)), at(11, 2, signal)]],
    ['when it is replayed itself', [at(7, 1, signal), replayed(at(11, 2, signal))]],
    [
      'when a query has come by itself for a replay',
      [replayed(at(7, 1, signal)), at(7, 1, queryByItself), at(11, 2, signal)],
    ],
  ];
  for (const [name, activations] of cases)
    it(name, async () => {
      assert.equal(await faultOf(activations), undefined);
    });

  it('when none runs any more', async () => {
    assert.equal(await faultOf([at(7, 1, signal), at(11, 2, signal)], Promise.resolve()), undefined);
  });
});
