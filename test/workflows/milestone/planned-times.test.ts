import assert from 'node:assert/strict';
import { plannedTimes } from '../../../src/workflows/milestone/person-task.ts';

const DAY = 86_400_000;
const began = Date.UTC(2026, 11, 1);

describe('planned times of a task', () => {
  const counted = { start: 2, days: 0.5 };
  const dated = { ...counted, startsAt: '2026-12-07T08:00:00.000Z', dueAt: '2026-12-11T23:00:00.000Z' };

  it('are counted from its milestone, in plan days of any length', () => {
    assert.deepEqual(plannedTimes(counted, began, DAY), { start: began + 2 * DAY, due: began + 2.5 * DAY });
    assert.deepEqual(plannedTimes(counted, began, 1000), { start: began + 2000, due: began + 2500 });
  });

  it('give it its whole length from when it has really begun', () => {
    assert.equal(plannedTimes(counted, began, DAY, began + 9 * DAY).due, began + 9.5 * DAY);
  });

  it('are the dates of the Gantt, where it has any, whenever it begins', () => {
    const times = { start: Date.parse(dated.startsAt), due: Date.parse(dated.dueAt) };
    assert.deepEqual(plannedTimes(dated, began, DAY), times);
    assert.deepEqual(plannedTimes(dated, began, DAY, began + 99 * DAY), times);
  });

  it('leave the calendar where plan days are of another length', () => {
    assert.deepEqual(plannedTimes(dated, began, 2000), { start: began + 4000, due: began + 5000 });
  });
});
