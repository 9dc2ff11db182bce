import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { ActivityTools, StepCall, StepResult } from '../../contract/kinds.ts';
import { caseSetDigest, caseSetOf } from './case-file.ts';
import type { SuiteStepInput } from './entry.ts';
import { fitted, NAMED, SUITE, type SuiteFact } from './fact.ts';
import { merged, withoutFlaky } from './merge.ts';
import type { Case } from './parse/cases.ts';
import { named } from './named.ts';
import { type RanProgram, SuiteProgram } from './program.ts';
import { countsOf, type Found, listsOf, storeResult } from './result.ts';
import { readRevision } from './revision.ts';
import { summary } from './summary.ts';

/** What a round tells of the suites that it concerns. */
const told = z.object({
  /** `<suite>/<environment>` */
  suites: z.array(z.string()).optional(),
  /** One that a person has reported may have no case. */
  issues: z.array(z.object({ key: z.string().optional() })).default([]),
});

/** One attempt of a `suite` step: runs the suite in one environment and tells what it has found. */
export class SuiteRun {
  readonly #input: SuiteStepInput;
  readonly #call: StepCall;
  readonly #tools: ActivityTools;
  readonly #show: (details: JsonObject) => void;
  /** `<suite>/<environment>` */
  readonly #key: string;
  readonly #reports: { readonly of: 'failing cases' | 'all cases'; readonly ran: RanProgram }[] = [];

  constructor(input: SuiteStepInput, call: StepCall, tools: ActivityTools, show: (details: JsonObject) => void) {
    this.#input = input;
    this.#call = call;
    this.#tools = tools;
    this.#show = show;
    this.#key = `${input.suite}/${input.environment}`;
  }

  /**
   * @throws PermanentError when the suite cannot be relied on: it crashed, hung, wrote no report, or ran nothing or other cases
   * @throws Error when what it tests has changed meanwhile
   */
  async run(): Promise<StepResult> {
    const { suite, environment } = this.#input;
    const failing = this.#failingBefore();
    if (failing === undefined) return { note: `${suite} in ${environment}: not concerned by this round` };
    const wanted = await caseSetOf(this.#input.cases, this.#tools.phaseDir);
    const revision = await this.#revision('before');
    const first = await this.#again(failing.filter((key) => wanted?.has(key) !== false));
    const whole = (await this.#program('all cases')).cases;
    this.#compare(whole, wanted);
    const later = await this.#rerun(whole);
    if ((await this.#revision('after')) !== revision) {
      throw new Error(`suite ${suite} in ${environment}: the revision has changed during the run; it is run again`);
    }
    return this.#result(revision, merged(whole, [first, ...later]));
  }

  /** Keys of the cases that a round wants to see pass; none for a run of everything. `undefined` when the round does not concern the suite. */
  #failingBefore(): readonly string[] | undefined {
    const { only, selects } = this.#input;
    const { round } = this.#call;
    if (only === undefined || round === undefined || round.idle === true) return [];
    const { suites, issues } = told.parse(round.told);
    if (suites !== undefined && !suites.includes(this.#key)) return undefined;
    return selects ? this.#keysOf(issues) : [];
  }

  /** Keys of the cases whose issues the round is told of. */
  #asked(): readonly string[] {
    const { round } = this.#call;
    return round === undefined ? [] : this.#keysOf(told.parse(round.told).issues);
  }

  #keysOf(issues: z.output<typeof told>['issues']): string[] {
    const prefix = `${this.#key}/`;
    return issues.flatMap(({ key = '' }) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  }

  /** Runs the failing cases first. What goes wrong here shows in the run of all cases as well, or does not matter: they may be gone. */
  async #again(keys: readonly string[]): Promise<readonly Case[]> {
    if (keys.length === 0) return [];
    try {
      return (await this.#program('failing cases', keys)).cases;
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      this.#tools.log('the failing cases could not be run by themselves', { suite: this.#key, reason: error.message });
      return [];
    }
  }

  /** Runs failing cases again, until they pass or the reruns are used up. */
  async #rerun(whole: readonly Case[]): Promise<(readonly Case[])[]> {
    const runs: (readonly Case[])[] = [];
    let failing = whole.filter(({ state }) => state === 'failed').map(({ key }) => key);
    for (let count = 0; count < this.#input.reruns && failing.length > 0; count += 1) {
      const { cases } = await this.#program('failing cases', failing);
      runs.push(cases);
      const passed = new Set(
        cases.filter(({ state }) => state === 'passed' || state === 'flaky').map(({ key }) => key),
      );
      failing = failing.filter((key) => !passed.has(key));
    }
    return runs;
  }

  async #program(of: 'failing cases' | 'all cases', keys?: readonly string[]): Promise<RanProgram> {
    const around = { suite: this.#input.suite, environment: this.#input.environment, runs: of };
    const show = (details: JsonObject) => {
      this.#show({ ...around, ...details });
    };
    const ran = await new SuiteProgram(this.#input, this.#call, this.#tools, show).run(keys);
    this.#reports.push({ of, ran });
    return ran;
  }

  async #revision(when: 'before' | 'after'): Promise<string> {
    const { suite, environment } = this.#input;
    this.#show({ suite, environment, reading: `the revision ${when} the run` });
    const found = await readRevision(this.#input, this.#tools.signal);
    if ('revision' in found) return found.revision;
    const message = `suite ${suite} in ${environment}: ${found.says}`;
    throw found.state === 'failed' ? new PermanentError(message) : new Error(message);
  }

  #compare(cases: readonly Case[], wanted: ReadonlySet<string> | undefined): void {
    if (wanted === undefined) return;
    const ran = new Set(cases.map(({ key }) => key));
    const missing = [...wanted].filter((key) => !ran.has(key));
    const others = [...ran].filter((key) => !wanted.has(key));
    const parts = [
      ...(missing.length === 0 ? [] : [`it has not run ${named(missing)}`]),
      ...(others.length === 0 ? [] : [`it has run ${named(others)}, which the file does not have`]),
    ];
    if (parts.length === 0) return;
    const { suite, cases: file = '' } = this.#input;
    throw new PermanentError(`suite ${suite} has run other cases than those in ${file}: ${parts.join('; ')}`);
  }

  async #result(revision: string, all: readonly Case[]): Promise<StepResult> {
    const { suite, environment, flaky, component, severity, factBytes, format } = this.#input;
    const { phase, task } = this.#call;
    const cases = flaky === 'fail' ? withoutFlaky(all) : all;
    const found: Found = {
      suite,
      environment,
      revision,
      at: new Date().toISOString(),
      caseSet: caseSetDigest(cases.map(({ key }) => key)),
      counts: countsOf(cases),
      reports: this.#reports.map(({ of, ran: { sha256, bytes, ms } }) => ({ of, format, sha256, bytes, ms })),
    };
    this.#show({ suite, environment, storing: cases.length });
    const result = await storeResult(this.#tools.records, phase, found, cases);
    const { at, caseSet, counts } = found;
    const agent = (this.#input.agent ?? task.agent).slice(0, 80);
    const about = { suite, environment, revision, at, cases: counts, caseSet, result, component, agent, severity };
    const asked = new Set(this.#asked());
    const passing = cases.filter(({ key, state }) => state === 'passed' && asked.has(key)).map(({ key }) => key);
    const fact: SuiteFact = fitted(
      { ...about, ...listsOf(cases), ...(passing.length === 0 ? {} : { passing: passing.slice(0, NAMED) }) },
      factBytes,
    );
    return {
      facts: [{ topic: SUITE, key: this.#key, data: fact }],
      evidence: [result],
      note: `${suite} in ${environment}: ${summary(fact)}`,
    };
  }
}
