import type { ActivityTools, StepCall } from '../../contract/kinds.ts';
import { answerApproval } from './engine/approve.ts';
import { explained, type PipelineAddress } from './engine/address.ts';
import { readDefinition } from './engine/definition.ts';
import { describeExecution } from './engine/executions.ts';
import { Observer } from './engine/observe.ts';
import { ExecutionStatus } from './engine/status.ts';
import type { StepInput } from './entry.ts';
import { byWhom } from './by-whom.ts';
import { askedDigest, latestTry, readRecord, type ReleaseRecord } from './record.ts';

/**
 * Looks at the execution of the try before this one, which may still run: after a rejection by our gate, or a deadline that stops nothing.
 * If the same is asked for, this try goes on with that execution. Otherwise the approval that it waits for is rejected on AWS, so that it does
 * not keep its stage from the new execution.
 *
 * @returns the record of an execution to go on with
 */
export async function earlierTry(
  address: PipelineAddress,
  input: StepInput,
  call: StepCall,
  { records }: ActivityTools,
): Promise<ReleaseRecord | undefined> {
  const token = await latestTry(records, call);
  const record = token === undefined ? undefined : await readRecord(records, call, token);
  const id = record?.executionId;
  if (record === undefined || id === undefined) return undefined;
  return explained(address, async () => {
    const execution = await describeExecution(address, id);
    if (execution === undefined || ExecutionStatus.of(execution).isFinal) return undefined;
    if (record.asked === askedDigest(input)) return record;
    const observation = await new Observer(address, await readDefinition(address), id).look();
    const pending = observation?.approvals.filter(({ stage, action }) => input.clears.includes(`${stage}/${action}`));
    for (const approval of pending ?? []) {
      await answerApproval(address, approval, 'Rejected', `${byWhom(call)}: replaced by another release`);
    }
    return undefined;
  });
}
