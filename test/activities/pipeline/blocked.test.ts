import type { ActionExecutionDetail, StageConditionState, StageState } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import { observeActions, observeStages } from '../../../src/activities/pipeline/engine/blocked.ts';

const OURS = 'e1';
const approvals = ['Production/Approve'];

function stage(name: string, more: Partial<StageState> = {}): StageState {
  return { stageName: name, inboundTransitionState: { enabled: true }, actionStates: [], ...more };
}
const done = (name: string, id = OURS) =>
  stage(name, { latestExecution: { pipelineExecutionId: id, status: 'Succeeded' } });
const inbound = (more: Partial<StageState>) =>
  stage('Production', { inboundExecutions: [{ pipelineExecutionId: OURS, status: 'InProgress' }], ...more });
const running = (more: Partial<StageState>) =>
  stage('Production', { latestExecution: { pipelineExecutionId: OURS, status: 'InProgress' }, ...more });
const approving = {
  actionName: 'Approve',
  latestExecution: { status: 'InProgress', token: 't1', actionExecutionId: 'a1' },
} as const;

describe('why an execution does not go on', () => {
  it('a disabled transition is told with its reason', () => {
    const before = inbound({ inboundTransitionState: { enabled: false, disabledReason: 'change freeze' } });
    const { blocked, mayHaveEnded } = observeStages([done('Source'), before], OURS, approvals);
    assert.equal(blocked, 'the transition into stage Production is disabled: change freeze');
    assert.equal(mayHaveEnded, false);
  });

  it('a disabled transition that holds another execution is not our reason', () => {
    const other = stage('Production', {
      inboundExecutions: [{ pipelineExecutionId: 'e0', status: 'InProgress' }],
      inboundTransitionState: { enabled: false, disabledReason: 'change freeze' },
    });
    const source = stage('Source', { latestExecution: { pipelineExecutionId: OURS, status: 'InProgress' } });
    assert.equal(observeStages([source, other], OURS, approvals).blocked, undefined);
  });

  it('a pending approval is told, with the token of our execution', () => {
    const observed = observeStages([done('Source'), running({ actionStates: [approving] })], OURS, approvals);
    assert.equal(observed.blocked, 'it waits for manual approval Production/Approve');
    assert.deepEqual(observed.approvals, [
      { stage: 'Production', action: 'Approve', actionExecutionId: 'a1', token: 't1' },
    ]);
  });

  it('a pending approval of another execution is never taken for ours', () => {
    const latestExecution = { pipelineExecutionId: 'e0', status: 'InProgress' } as const;
    const observed = observeStages(
      [done('Source'), inbound({ latestExecution, actionStates: [approving] })],
      OURS,
      approvals,
    );
    assert.deepEqual(observed.approvals, []);
    assert.equal(
      observed.blocked,
      'stage Production is locked by execution e0, which waits for manual approval Production/Approve',
    );
  });

  it('a stage that another execution locks is told', () => {
    const latestExecution = { pipelineExecutionId: 'e0', status: 'InProgress' } as const;
    const { blocked } = observeStages([done('Source'), inbound({ latestExecution })], OURS, approvals);
    assert.equal(blocked, 'stage Production is locked by execution e0');
  });

  it('an entry condition is told, with its rule and its summary', () => {
    const beforeEntryConditionState: StageConditionState = {
      latestExecution: { status: 'InProgress', summary: 'outside of the window' },
      conditionStates: [{ ruleStates: [{ ruleName: 'Window', latestExecution: { status: 'InProgress' } }] }],
    };
    const { blocked } = observeStages([done('Source'), inbound({ beforeEntryConditionState })], OURS, approvals);
    assert.equal(blocked, 'the entry condition of stage Production (Window) is in progress: outside of the window');
  });

  it('a success condition is told when the actions have ended', () => {
    const onSuccessConditionState = { latestExecution: { status: 'Failed', summary: 'alarm fired' } } as const;
    const ended = { actionName: 'Deploy', latestExecution: { status: 'Succeeded' } } as const;
    const at = (actionStates: StageState['actionStates']) =>
      observeStages([done('Source'), running({ onSuccessConditionState, actionStates })], OURS, approvals).blocked;
    assert.equal(at([ended]), 'the success condition of stage Production has failed: alarm fired');
    assert.equal(at([{ actionName: 'Deploy', latestExecution: { status: 'InProgress' } }]), undefined);
  });

  it('an action that runs is no reason', () => {
    const actionStates = [{ actionName: 'Deploy', latestExecution: { status: 'InProgress' as const } }];
    const observed = observeStages([done('Source'), running({ actionStates })], OURS, approvals);
    assert.deepEqual(observed, { stage: 'Production', action: 'Deploy', approvals: [], mayHaveEnded: false });
  });

  it('an execution that is nowhere under way may have ended', () => {
    for (const status of ['Failed', 'Stopped', 'Cancelled', 'Succeeded'] as const) {
      const last = stage('Production', { latestExecution: { pipelineExecutionId: OURS, status } });
      assert.equal(observeStages([done('Source'), last], OURS, approvals).mayHaveEnded, true);
    }
    assert.equal(observeStages([done('Source', 'e2'), done('Production', 'e2')], OURS, approvals).mayHaveEnded, true);
  });

  it('in mode PARALLEL the token is that of the action of our execution', () => {
    const detail: ActionExecutionDetail = {
      pipelineExecutionId: OURS,
      stageName: 'Production',
      actionName: 'Approve',
      actionExecutionId: 'a7',
      status: 'InProgress',
      input: { actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } },
      output: { executionResult: { externalExecutionId: 't7' } },
    };
    const observed = observeActions([detail]);
    assert.deepEqual(observed.approvals, [
      { stage: 'Production', action: 'Approve', actionExecutionId: 'a7', token: 't7' },
    ]);
    assert.equal(observed.mayHaveEnded, false);
  });
});
