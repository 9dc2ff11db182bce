import { PermanentError } from '../../base/errors.ts';
import type { ActivityTools, StepCall } from '../../contract/kinds.ts';
import { explained, nameOf, pause, type PipelineAddress } from './engine/address.ts';
import { findStarted } from './engine/adopt.ts';
import { findBegunRollback } from './engine/rollback.ts';
import { stopExecution } from './engine/stop.ts';
import { releaseToken } from './engine/token.ts';
import type { StepInput } from './entry.ts';
import { readRecord, type ReleaseRecord } from './record.ts';
import { byWhom } from './by-whom.ts';

/** Number of times to look for an execution whose id was lost: the listing shows it only after a moment. */
const LOOKS = 3;
const BETWEEN_MS = 2_000;

/**
 * Settles a cancelled `pipeline` step: the execution that it has started, or continued, is stopped in two phases.
 *
 * @returns a description of what was done, as a part of a sentence
 * @throws PermanentError when an execution runs that may be, but need not be, the one of this step
 */
export async function settleRelease(
  address: PipelineAddress,
  input: StepInput,
  call: StepCall,
  { records }: ActivityTools,
  onStatus: (status: string) => void,
): Promise<string> {
  const token = releaseToken(call.identity, address);
  const record = await readRecord(records, call, token);
  if (record === undefined) return 'nothing had been started';
  const id = record.executionId ?? record.retry?.executionId ?? (await lost(address, input, token, record));
  if (id === undefined) return 'nothing had been started';
  return stopExecution(address, id, { reason: `${byWhom(call)}: cancelled`, onStatus });
}

/** Looks for an execution that was requested, but whose id never arrived. */
async function lost(
  address: PipelineAddress,
  { variables, revisions, releaseVariable }: StepInput,
  token: string,
  { since, rollback }: ReleaseRecord,
): Promise<string | undefined> {
  return explained(address, async () => {
    for (let look = 1; look <= LOOKS; look += 1) {
      if (look > 1) await pause(address, BETWEEN_MS);
      if (rollback !== undefined) {
        const begun = await findBegunRollback(address, rollback);
        if (begun !== undefined) return begun;
        continue;
      }
      const found = await findStarted(address, { token, variables, revisions, releaseVariable, since });
      if (found?.isCertain === true) return found.id;
      if (found !== undefined) {
        throw new PermanentError(
          `${nameOf(address)}: execution ${found.id} may have been started by this step. If so, stop it on AWS.`,
        );
      }
    }
    return undefined;
  });
}
