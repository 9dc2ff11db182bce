import type { PutApprovalResultInput, PutApprovalResultOutput } from '@aws-sdk/client-codepipeline';
import type { Engine } from '../engine.ts';
import { AwsFault } from '../fault.ts';
import type { Valid } from '../machine/state.ts';
import { touch } from '../machine/turn.ts';
import { stageOf } from './find.ts';

export function approvalOperations(engine: Engine) {
  return {
    PutApprovalResult(input: Valid<PutApprovalResultInput>): PutApprovalResultOutput {
      const { pipelineName, stageName, actionName, token, result } = input;
      const world = engine.pipeline(pipelineName);
      if (!stageOf(world, stageName).actions.some(({ name }) => name === actionName)) {
        throw new AwsFault('ActionNotFoundException', `Stage '${stageName}' does not have an action '${actionName}'`);
      }
      const found = [...world.executions.values()]
        .flatMap((execution) => execution.stages.map((stage) => ({ execution, stage })))
        .filter(({ stage }) => stage.name === stageName)
        .flatMap(({ execution, stage }) => stage.attempts.map((attempt) => ({ execution, attempt })))
        .find(({ attempt }) => attempt.action === actionName && attempt.approval?.token === token);
      if (found?.attempt.answeredBy) {
        throw new AwsFault(
          'ApprovalAlreadyCompletedException',
          'The approval action has already been approved or rejected.',
        );
      }
      if (found?.attempt.status !== 'InProgress') {
        throw new AwsFault('InvalidApprovalTokenException', 'No approval is open for this token.');
      }
      const { attempt, execution } = found;
      engine.turn(world, (turn) => {
        const isApproved = result.status === 'Approved';
        const message = result.summary === '' ? 'Rejected.' : `Rejected: ${result.summary}`;
        attempt.status = isApproved ? 'Succeeded' : 'Failed';
        attempt.answeredBy = 'approver';
        attempt.outcome = { summary: result.summary, ...(isApproved ? {} : { error: { code: 'Rejected', message } }) };
        attempt.updated = turn.now;
        touch(turn, execution);
      });
      return { approvedAt: new Date(attempt.updated) };
    },
  };
}
