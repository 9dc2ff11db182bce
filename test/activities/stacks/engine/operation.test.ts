import assert from 'node:assert/strict';
import { type StackEvent, StackOperation } from '../../../../src/activities/stacks/engine/events.ts';
import { rootCause } from '../../../../src/activities/stacks/engine/diagnose.ts';

const ofStack = (status: string, token = 'ours', reason = ''): StackEvent =>
  event('stack', status, reason, token, true);
const ofResource = (resource: string, status: string, reason = ''): StackEvent =>
  event(resource, status, reason, 'ours', false);

function event(resource: string, status: string, reason: string, token: string, own: boolean): StackEvent {
  return {
    id: `${resource} ${status}`,
    resource,
    type: 'AWS::S3::Bucket',
    ofStack: own,
    status,
    reason,
    token,
    at: 0,
    physicalId: '',
  };
}

function operation(...events: readonly StackEvent[]): StackOperation {
  const taken = new StackOperation('ours');
  for (const one of events) taken.take(one);
  return taken;
}

describe('the root cause', () => {
  it('of a failed deletion is not that somebody asked for it', () => {
    const cause = 'Export net-VpcId cannot be deleted as it is in use by compute';
    const events = [ofStack('DELETE_IN_PROGRESS', 'ours', 'User Initiated'), ofStack('DELETE_FAILED', 'ours', cause)];
    assert.equal(rootCause(events), cause);
  });
});

describe('StackOperation', () => {
  it("does not take somebody else's complete stack for its own success", () => {
    const { hasBegun, end } = operation(ofStack('UPDATE_IN_PROGRESS', 'theirs'), ofStack('UPDATE_COMPLETE', 'theirs'));
    assert.deepEqual([hasBegun, end], [false, undefined]);
  });

  it('goes on through the clean-up after an update', () => {
    const events = [ofStack('UPDATE_IN_PROGRESS'), ofStack('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')];
    assert.equal(operation(...events).end, undefined);
    assert.equal(operation(...events, ofStack('UPDATE_COMPLETE')).end?.status, 'UPDATE_COMPLETE');
  });

  it('ends with the rollback that another person asked for', () => {
    const { end } = operation(
      ofStack('UPDATE_IN_PROGRESS'),
      ofStack('UPDATE_ROLLBACK_IN_PROGRESS', 'cancelled by dana'),
      ofStack('UPDATE_ROLLBACK_COMPLETE', 'cancelled by dana'),
    );
    assert.deepEqual([end?.status, end?.isComplete], ['UPDATE_ROLLBACK_COMPLETE', false]);
  });

  it('counts each resource once', () => {
    const { doneCount } = operation(
      ofStack('CREATE_IN_PROGRESS'),
      ofResource('A', 'CREATE_IN_PROGRESS'),
      ofResource('A', 'CREATE_COMPLETE'),
      ofResource('A', 'CREATE_COMPLETE'),
      ofResource('B', 'DELETE_COMPLETE'),
    );
    assert.equal(doneCount, 1);
  });
});

describe('rootCause', () => {
  it('is the earliest failure that is not the consequence of another', () => {
    const cause = rootCause([
      ofStack('CREATE_IN_PROGRESS'),
      ofResource('Second', 'CREATE_FAILED', 'Resource creation cancelled'),
      ofResource('First', 'CREATE_FAILED', 'The name is taken'),
      ofResource('Third', 'CREATE_FAILED', 'Later'),
    ]);
    assert.equal(cause, 'AWS::S3::Bucket First: The name is taken');
  });

  it("is the stack's own reason where no resource failed", () => {
    const cause = rootCause([
      ofStack('UPDATE_IN_PROGRESS', 'ours', 'User Initiated'),
      ofStack('UPDATE_ROLLBACK_IN_PROGRESS', 'ours', 'Export net-VpcId cannot be deleted as it is in use by compute'),
    ]);
    assert.equal(cause, 'Export net-VpcId cannot be deleted as it is in use by compute');
  });
});
