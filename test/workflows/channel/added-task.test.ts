import assert from 'node:assert/strict';
import { isAddedTask } from '../../../src/workflows/channel/added-task.ts';
import { isOrders } from '../../../src/workflows/channel/shape.ts';
import { bound, withTasks } from '../../plan/bind-fixture.ts';

const playbook = withTasks('a1: { command: [make] }');

describe('a task that an order adds', () => {
  const [lane] = bound(playbook).milestones[0]!.lanes;
  const { tasks, ...rest } = lane!;
  const [task] = tasks;
  const added = { lane: rest, task: task!, guards: ['9.1/a1/entry'] };

  it('is one that the compiler makes', () => {
    assert.equal(isAddedTask(added, '9.1/a1'), true);
    assert.equal(isOrders({ to: 'x', number: 1, heard: 0, tasks: { '9.1/a1': { added } } }), true);
    assert.equal(isAddedTask({ ...added, source: { plan: 'p/amendments/1-plan.md' } }, '9.1/a1'), true);
  });

  it('is refused under another address, and with any part of another kind', () => {
    assert.equal(isAddedTask(added, '9.1/a2'), false);
    for (const key of Object.keys(task!)) {
      if (key === 'line' || key === 'coversWith') continue;
      assert.equal(
        isAddedTask({ ...added, task: { ...task, [key]: 7.5 } }, '9.1/a1'),
        ['start', 'days'].includes(key),
        key,
      );
    }
    const [step] = task!.steps;
    for (const key of ['id', 'kind', 'label', 'needs', 'profile', 'publishes', 'input']) {
      assert.equal(isAddedTask({ ...added, task: { ...task, steps: [{ ...step, [key]: 7 }] } }, '9.1/a1'), false, key);
    }
    for (const broken of [
      { ...added, lane: 'Build' },
      { ...added, guards: [1] },
      { ...added, source: { plan: 1 } },
      null,
    ]) {
      assert.equal(isAddedTask(broken, '9.1/a1'), false);
    }
    assert.equal(isOrders({ to: 'x', number: 1, heard: 0, tasks: { '9.1/a1': { added: { task } } } }), false);
  });
});
