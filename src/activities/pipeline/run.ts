import type { ActivityTools, StepCall } from '../../contract/kinds.ts';
import { explained, type PipelineAddress } from './engine/address.ts';
import { readDefinition } from './engine/definition.ts';
import {
  type AwaitingApproval,
  followExecution,
  type Released,
  releaseThrough,
  type ReleaseOptions,
  type ReleaseSettings,
} from './engine/release.ts';
import { findRetry, retryStage } from './engine/retry.ts';
import { findRollback, rollBackStage } from './engine/rollback.ts';
import { releaseToken } from './engine/token.ts';
import type { StepInput } from './entry.ts';
import { askedDigest, readRecord, recordTry, type ReleaseRecord, writeRecord } from './record.ts';
import { byWhom } from './by-whom.ts';
import { earlierTry } from './earlier-try.ts';

type RunOptions = Omit<ReleaseOptions, 'known' | 'onStarted'>;

/** One attempt of a `pipeline` step. Each request that changes something is recorded first, so that a later attempt never repeats it. */
export class PipelineRun {
  readonly #address: PipelineAddress;
  readonly #input: StepInput;
  readonly #call: StepCall;
  readonly #tools: ActivityTools;
  readonly #token: string;
  readonly #settings: ReleaseSettings;
  /** True when no attempt before can have asked AWS for anything. */
  readonly #isFirst: boolean;

  /** @param everyMs milliseconds of waiting for one request to AWS; 5000 unless stated */
  constructor(address: PipelineAddress, input: StepInput, call: StepCall, tools: ActivityTools, everyMs?: number) {
    this.#address = address;
    this.#input = input;
    this.#call = call;
    this.#tools = tools;
    this.#token = releaseToken(call.identity, address);
    this.#settings = { clears: input.clears, deadlineMs: input.deadlineMs, by: byWhom(call), everyMs };
    // The variable finds the execution for certain, should the record be lost while people were asked.
    const isAskedAlready = call.approved !== undefined && input.releaseVariable !== undefined;
    this.#isFirst = tools.attempt === 1 && !isAskedAlready;
  }

  async run(options: RunOptions): Promise<Released | AwaitingApproval> {
    const record = await readRecord(this.#tools.records, this.#call, this.#token);
    if (this.#input.retry !== undefined) return this.#retry(record, options);
    if (this.#input.rollback !== undefined) return this.#rollBack(record, this.#input.rollback, options);
    return this.#release(record, options);
  }

  async #release(record: ReleaseRecord | undefined, options: RunOptions): Promise<Released | AwaitingApproval> {
    const earlier = record ?? (await earlierTry(this.#address, this.#input, this.#call, this.#tools));
    const isFirst = earlier === undefined && this.#isFirst;
    const asked = askedDigest(this.#input);
    const { since, executionId: known } = earlier ?? { since: options.begunAt };
    if (record === undefined)
      await this.#begin({ asked, since, ...(known === undefined ? {} : { executionId: known }) });
    const { variables, revisions, releaseVariable } = this.#input;
    const release = { token: this.#token, variables, revisions, releaseVariable, since, isFirstAttempt: isFirst };
    return releaseThrough(this.#address, release, this.#settings, {
      ...options,
      known,
      onStarted: (executionId) => this.#write({ asked, since, executionId }),
    });
  }

  async #retry(record: ReleaseRecord | undefined, options: RunOptions): Promise<Released | AwaitingApproval> {
    return explained(this.#address, async () => {
      const definition = await readDefinition(this.#address);
      const since = record?.since ?? Date.now();
      const retry = record?.retry ?? (await findRetry(this.#address));
      if (record?.retry === undefined) await this.#write({ since, retry });
      const id = retry.executionId;
      if (record?.executionId === undefined) {
        const mode = this.#input.retry === 'all-actions' ? 'ALL_ACTIONS' : 'FAILED_ACTIONS';
        await retryStage(this.#address, retry, mode, record?.retry === undefined);
        await this.#write({ since, retry, executionId: id });
      }
      return this.#follow(definition, id, since, false, options);
    });
  }

  async #rollBack(
    record: ReleaseRecord | undefined,
    stage: string,
    options: RunOptions,
  ): Promise<Released | AwaitingApproval> {
    return explained(this.#address, async () => {
      const definition = await readDefinition(this.#address);
      const since = record?.since ?? Date.now();
      const rollback = record?.rollback ?? (await findRollback(this.#address, definition, stage));
      if (record?.rollback === undefined) await this.#write({ since, rollback });
      const id = record?.executionId ?? (await rollBackStage(this.#address, rollback, record?.rollback === undefined));
      await this.#write({ since, rollback, executionId: id });
      return this.#follow(definition, id, since, true, options);
    });
  }

  #follow(
    definition: Awaited<ReturnType<typeof readDefinition>>,
    id: string,
    begunAt: number,
    isRollback: boolean,
    options: RunOptions,
  ): Promise<Released | AwaitingApproval> {
    const wanted = { revisions: {}, isRollback };
    return followExecution(this.#address, definition, id, { wanted, settings: this.#settings, options, begunAt });
  }

  async #begin(record: ReleaseRecord): Promise<void> {
    await this.#write(record);
    await recordTry(this.#tools.records, this.#call, this.#token);
  }

  #write(record: ReleaseRecord): Promise<void> {
    return writeRecord(this.#tools.records, this.#call, this.#token, record);
  }
}
