import type { PutJobFailureResultInput, PutJobSuccessResultInput } from '@aws-sdk/client-codepipeline';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsFault } from '../fault.ts';
import { readJson, writeJson } from '../builds/files.ts';
import type { StandInContext } from '../builds/open.ts';

const POLL_MS = 100;
/** Jobs that are kept. */
const JOBS_KEPT = 1_000;

/** The state of a job on disk. */
export interface JobRecord {
  readonly id: string;
  /** Absent while the function works. */
  readonly result?: JobResult;
}

/** The result that a function has reported. */
export type JobResult =
  | { readonly status: 'Succeeded'; readonly input: PutJobSuccessResultInput }
  | { readonly status: 'Failed'; readonly input: PutJobFailureResultInput };

/** Jobs of Lambda actions: a function gets the id of its job, and reports the result by it. */
export class Jobs {
  readonly #folder: string;

  constructor({ stateDir }: StandInContext) {
    this.#folder = join(resolve(stateDir), 'jobs');
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return readJson<JobRecord>(this.#fileOf(id));
  }

  /** Writes a job down before its function is invoked. The oldest jobs beyond the bound are deleted. */
  async create(id: string): Promise<void> {
    await this.#write({ id });
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'));
    if (files.length <= JOBS_KEPT) return;
    const dated = await Promise.all(
      files.map(async (name) => ({
        file: join(this.#folder, name),
        time: (await stat(join(this.#folder, name))).mtimeMs,
      })),
    );
    dated.sort((a, b) => a.time - b.time);
    for (const { file } of dated.slice(0, files.length - JOBS_KEPT)) await rm(file, { force: true });
  }

  /** Waits for a result. @returns `undefined` when none has come in time */
  async result(id: string, until: number, signal: AbortSignal): Promise<JobResult | undefined> {
    for (;;) {
      const job = await this.find(id);
      if (job?.result !== undefined) return job.result;
      if (Date.now() >= until) return undefined;
      await delay(POLL_MS, undefined, { signal });
    }
  }

  async report(id: string, result: JobResult): Promise<void> {
    const job = /^[0-9a-f-]{36}$/.test(id) ? await this.find(id) : undefined;
    if (job === undefined) throw new AwsFault('JobNotFoundException', `there is no job ${id}`);
    if (job.result !== undefined) throw new AwsFault('InvalidJobStateException', `job ${id} has a result already`);
    await this.#write({ ...job, result });
  }

  async #write(job: JobRecord): Promise<void> {
    await writeJson(this.#fileOf(job.id), job);
  }

  #fileOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** CodePipeline's operations with which functions report: `PutJobSuccessResult` and `PutJobFailureResult`. */
export function jobOperations(context: StandInContext): {
  readonly [operation: string]: (input: unknown) => Promise<unknown>;
} {
  const jobs = new Jobs(context);
  return {
    async PutJobSuccessResult(given) {
      const input = given as PutJobSuccessResultInput;
      await jobs.report(input.jobId ?? '', { status: 'Succeeded', input });
      return {};
    },
    async PutJobFailureResult(given) {
      const input = given as PutJobFailureResultInput;
      await jobs.report(input.jobId ?? '', { status: 'Failed', input });
      return {};
    },
  };
}
