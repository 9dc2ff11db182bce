import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../base/digest.ts';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import type { ActivityTools, StepCall } from '../../contract/kinds.ts';
import { lastLines } from '../command/entry.ts';
import { ending, type ProgramResult, runFor } from '../command/run.ts';
import type { SuiteStepInput } from './entry.ts';
import { type ReadReport, readReport } from './parse/read-report.ts';
import { named } from './named.ts';
import { Progress } from './progress.ts';

/** Bytes that a suite may print. */
const MOST_OUTPUT = 100 * 1024 * 1024;

/** A report, and how long the program took to write it. */
export interface RanProgram extends ReadReport {
  readonly ms: number;
}

/** Runs the program of a suite once, and reads its report. */
export class SuiteProgram {
  readonly #input: SuiteStepInput;
  readonly #call: StepCall;
  readonly #tools: ActivityTools;
  readonly #show: (details: JsonObject) => void;

  constructor(input: SuiteStepInput, call: StepCall, tools: ActivityTools, show: (details: JsonObject) => void) {
    this.#input = input;
    this.#call = call;
    this.#tools = tools;
    this.#show = show;
  }

  /**
   * @param selection keys of the cases to run; absent: all
   * @throws PermanentError when the program does not run as it should, or its report cannot be used
   */
  async run(selection?: readonly string[]): Promise<RanProgram> {
    const folder = await this.#freshFolder();
    try {
      const began = performance.now();
      const result = await this.#program(folder, selection);
      const ms = Math.round(performance.now() - began);
      const report = await this.#report(folder, result);
      this.#verify(report, result, selection);
      return { ...report, ms };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** A folder for the report. Folders that a killed worker has left behind are removed. */
  async #freshFolder(): Promise<string> {
    const { phase, step } = this.#call;
    const prefix = `phasegate-suite-${sha256([phase.firstRunId, step.id].join('\n')).slice(0, 16)}-`;
    for (const left of await readdir(tmpdir())) {
      if (!left.startsWith(prefix)) continue;
      // Another user may own it, or the program of the earlier attempt may still write; then it stays.
      await rm(join(tmpdir(), left), { recursive: true, force: true }).catch(() => undefined);
    }
    return mkdtemp(join(tmpdir(), prefix));
  }

  async #program(folder: string, selection: readonly string[] | undefined): Promise<ProgramResult> {
    const { run, env, environment, timeoutMs } = this.#input;
    const fill = (text: string) => text.replaceAll('{environment}', environment).replaceAll('{reports}', folder);
    const list = join(folder, 'phasegate-cases.json');
    if (selection !== undefined) await writeFile(list, JSON.stringify(selection));
    const program = {
      run: run.map(fill),
      env: {
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
        PHASEGATE_ENVIRONMENT: environment,
        PHASEGATE_REPORT_DIR: folder,
        // Empty counts as not set.
        PHASEGATE_CASES: selection === undefined ? '' : list,
      },
      timeoutMs,
      mostOutput: MOST_OUTPUT,
      leavesNothing: true,
      progress: new Progress().take,
    };
    return runFor(this.#call, this.#tools, program, this.#show);
  }

  async #report(folder: string, result: ProgramResult): Promise<ReadReport> {
    const { suite, report, format } = this.#input;
    if (result.exceeded !== undefined || typeof result.ended !== 'number') {
      throw new PermanentError(`suite ${suite} ${ending(result)}${lastWords(result)}`);
    }
    try {
      return await readReport(join(folder, report), format, this.#tools.signal);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      const how = result.ended === 0 ? '' : `; the program ${ending(result)}${lastWords(result)}`;
      throw new PermanentError(
        `the report ${report} (${format}) of suite ${suite} cannot be used: ${error.message}${how}`,
      );
    }
  }

  #verify({ cases }: ReadReport, result: ProgramResult, selection: readonly string[] | undefined): void {
    const { suite } = this.#input;
    if (cases.every(({ state }) => state === 'skipped')) {
      const all = cases.length === 0 ? 'ran no case' : `skipped ${counted(cases.length, 'case')}, which is all of them`;
      throw new PermanentError(`suite ${suite} ${all}${lastWords(result)}`);
    }
    // A program may well end with 0 although cases have failed; its report tells them.
    if (result.ended !== 0 && !cases.some(({ state }) => state === 'failed' || state === 'flaky')) {
      throw new PermanentError(`suite ${suite} ${ending(result)}, although no case has failed${lastWords(result)}`);
    }
    if (selection === undefined) return;
    const wanted = new Set(selection);
    const others = cases.filter(({ key, state }) => state !== 'skipped' && !wanted.has(key)).map(({ key }) => key);
    if (others.length > 0) {
      const rule = 'a suite with "selects: true" runs only the cases that $PHASEGATE_CASES lists';
      throw new PermanentError(`suite ${suite} ran cases that it was not asked for: ${named(others)}; ${rule}`);
    }
  }
}

function lastWords({ errors, output }: ProgramResult): string {
  const said = lastLines(errors, 3) || lastLines(output, 3);
  return said === '' ? '' : `: ${said}`;
}
