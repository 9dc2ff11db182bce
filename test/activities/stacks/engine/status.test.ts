import assert from 'node:assert/strict';
import { StackStatus } from '@aws-sdk/client-cloudformation';
import { StackState } from '../../../../src/activities/stacks/engine/status.ts';

const all = Object.values(StackStatus).map((status) => StackState.of(status));
const named = (states: readonly StackState[]) => states.map(({ status }) => status).sort();

describe('StackState', () => {
  it('knows every status of the API', () => {
    assert.equal(all.length, 23);
  });

  it('takes only what was asked for as complete, never a rollback', () => {
    assert.deepEqual(named(all.filter(({ isComplete }) => isComplete)), [
      'CREATE_COMPLETE',
      'IMPORT_COMPLETE',
      'UPDATE_COMPLETE',
    ]);
  });

  it('is busy exactly while CloudFormation works on the stack', () => {
    const busy = Object.values(StackStatus).filter(
      (status) => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS',
    );
    assert.deepEqual(named(all.filter(({ readiness }) => readiness === 'busy')), busy.sort());
  });

  it('creates where nothing has been created yet, and updates what was rolled back to a working state', () => {
    assert.deepEqual(named(all.filter(({ readiness }) => readiness === 'absent')), [
      'DELETE_COMPLETE',
      'REVIEW_IN_PROGRESS',
    ]);
    assert.equal(StackState.of('UPDATE_ROLLBACK_COMPLETE').readiness, 'ready');
  });

  it('never takes a live stack for one to delete', () => {
    const toDelete = all.filter(({ command }) => command === 'delete-stack');
    assert.deepEqual(named(toDelete), ['CREATE_FAILED', 'DELETE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED']);
  });

  it('refuses a status that it does not know', () => {
    assert.throws(() => StackState.of('CREATE_COMPLETED'), /unknown status CREATE_COMPLETED/);
  });
});
