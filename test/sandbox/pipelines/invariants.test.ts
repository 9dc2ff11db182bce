import type { PipelineDeclaration, Result, RuleDeclaration, StageDeclaration } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../../scripts/sandbox/pipelines/engine.ts';
import { AwsFault } from '../../../scripts/sandbox/pipelines/fault.ts';
import { endAction } from '../../../scripts/sandbox/pipelines/machine/actions.ts';
import { waitingFor } from '../../../scripts/sandbox/pipelines/machine/advance.ts';
import { endRule } from '../../../scripts/sandbox/pipelines/machine/conditions.ts';
import { openRules } from '../../../scripts/sandbox/pipelines/machine/expiry.ts';
import { currentStage, isActive, isInside, type Execution } from '../../../scripts/sandbox/pipelines/machine/state.ts';
import { pipelineOperations } from '../../../scripts/sandbox/pipelines/operations/pipelines.ts';
import { stageOperations } from '../../../scripts/sandbox/pipelines/operations/stages.ts';
import { startOperations } from '../../../scripts/sandbox/pipelines/operations/start.ts';
import { stopOperations } from '../../../scripts/sandbox/pipelines/operations/stop.ts';
import { transitionOperations } from '../../../scripts/sandbox/pipelines/operations/transitions.ts';
import type { RuleProvider } from '../../../scripts/sandbox/pipelines/rules/rule.ts';
import { Store } from '../../../scripts/sandbox/pipelines/store.ts';
import { deploy, pipeline, stage } from './definitions.ts';
import { Toy } from './toy.ts';

type Mode = 'QUEUED' | 'SUPERSEDED' | 'PARALLEL';

const never = (): Promise<never> => new Promise(() => undefined);
const rule: RuleProvider = { provider: 'CloudWatchAlarm', run: never };
const watch: RuleDeclaration[] = [
  { name: 'Look', ruleTypeId: { category: 'Rule', owner: 'AWS', provider: 'CloudWatchAlarm', version: '1' } },
];

function definition(executionMode: Mode): PipelineDeclaration {
  const result: Result = executionMode === 'PARALLEL' ? 'FAIL' : 'ROLLBACK';
  const conditions = { onSuccess: { conditions: [{ result, rules: watch }] } } satisfies Partial<StageDeclaration>;
  const build = stage('Build', [deploy('A'), deploy('B'), deploy('C', 'succeed', { runOrder: 2 })], {
    onFailure: { result: 'RETRY', retryConfiguration: { retryMode: 'ALL_ACTIONS' } },
  });
  return pipeline('release', [build, stage('Deploy', [deploy('Ship')], conditions)], { executionMode });
}

/** A pipeline whose actions and rules end when the test says. */
class Rig {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'phasegate-invariants-'));
  readonly store = new Store(this.stateDir);
  readonly engine = new Engine({
    store: this.store,
    providers: new Toy().providers.map(({ type }) => ({ type, run: never })),
    rules: [rule],
    ...{ region: 'us-east-1', minute: 60_000, kept: 200 },
  });
  readonly #mode: Mode;

  constructor(mode: Mode) {
    this.#mode = mode;
    const created = { pipeline: definition(mode) } as never;
    pipelineOperations(this.engine, false).CreatePipeline(created);
  }

  get world() {
    return this.engine.pipeline('release');
  }

  get executions(): Execution[] {
    return [...this.world.executions.values()];
  }

  /** Does one thing; which one, and to what, the numbers say. A refusal is an answer too. */
  act(what: number, which: number): void {
    try {
      this.#act(what, which);
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
    }
  }

  #act(what: number, which: number): void {
    const { engine, world } = this;
    const pick = <T>(from: readonly T[]): T | undefined => from[which % Math.max(1, from.length)];
    const pipelineName = 'release';
    const stageName = pick(['Source', 'Build', 'Deploy'])!;
    const pipelineExecutionId = pick(this.executions)?.id ?? '';
    if (what < 3) startOperations(engine).StartPipelineExecution({ name: pipelineName });
    else if (what < 10) this.#endRun(pick(this.running()), what < 8 ? 'Succeeded' : 'Failed');
    else if (what === 10)
      stopOperations(engine).StopPipelineExecution({ pipelineName, pipelineExecutionId, abandon: which % 2 === 0 });
    else if (what === 11) {
      const retryMode = which % 2 === 0 ? 'ALL_ACTIONS' : 'FAILED_ACTIONS';
      stageOperations(engine).RetryStageExecution({ pipelineName, stageName, pipelineExecutionId, retryMode });
    } else if (what === 12) {
      stageOperations(engine).RollbackStage({
        pipelineName,
        stageName,
        targetPipelineExecutionId: pipelineExecutionId,
      });
    } else if (what === 13) {
      const transition = { pipelineName, stageName, transitionType: 'Inbound', reason: 'test' } as const;
      const { DisableStageTransition, EnableStageTransition } = transitionOperations(engine);
      if (world.pipeline.transitions[stageName]?.enabled === false) EnableStageTransition(transition);
      else DisableStageTransition(transition);
    } else if (what === 14 && which % 5 === 0) {
      pipelineOperations(engine, false).UpdatePipeline({ pipeline: definition(this.#mode) } as never);
    }
  }

  #endRun(run: ReturnType<Rig['running']>[number] | undefined, status: 'Succeeded' | 'Failed'): void {
    if (run === undefined) return;
    const { execution, id, isRule } = run;
    this.engine.turn(this.world, (turn) => {
      if (isRule) endRule(turn, execution, id, status, { summary: 'test' });
      else endAction(turn, execution, id, { status, artifacts: { Code: 'code.zip' } });
    });
  }

  running(): { readonly execution: Execution; readonly id: string; readonly isRule: boolean }[] {
    return this.executions.filter(isActive).flatMap((execution) => [
      ...currentStage(execution)
        .attempts.filter(({ status }) => status === 'InProgress')
        .map(({ id }) => ({ execution, id, isRule: false })),
      ...openRules(execution).map(({ id }) => ({ execution, id, isRule: true })),
    ]);
  }

  check(): void {
    const waits = this.engine.turn(this.world, (turn) =>
      ['Source', 'Build', 'Deploy'].map((name) => [name, waitingFor(turn, name)] as const),
    );
    const inside = (name: string): Execution[] =>
      this.executions.filter((one) => isActive(one) && currentStage(one).name === name && isInside(currentStage(one)));
    for (const [name, waiting] of waits) {
      const isOpen = this.world.pipeline.transitions[name]?.enabled ?? true;
      const count = inside(name).length;
      if (this.#mode !== 'PARALLEL') assert.ok(count <= 1, `${count} executions in ${name}`);
      if (isOpen && (this.#mode === 'PARALLEL' || count === 0)) assert.equal(waiting.length, 0, `${name} is free`);
      if (this.#mode === 'SUPERSEDED') {
        assert.ok(waiting.filter(({ type }) => type === 'STANDARD').length <= 1, `${name}: several wait`);
      }
      for (const execution of inside(name)) {
        assert.ok(
          this.running().some((run) => run.execution === execution),
          `${execution.id} does nothing in ${name}`,
        );
      }
    }
    for (const execution of this.executions.filter((one) => !isActive(one))) {
      const runs = execution.stages.flatMap(({ attempts, conditions }) => [...attempts, ...conditions]);
      assert.ok(!runs.some(({ status }) => status === 'InProgress'), `${execution.id} has ended and runs`);
    }
    const [stored] = this.store.load();
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(plain([...(stored?.executions.values() ?? [])]), plain(this.executions));
    assert.deepEqual(stored?.pipeline, plain(this.world.pipeline));
  }

  remove(): void {
    this.engine.stop();
    rmSync(this.stateDir, { recursive: true });
  }
}

describe('CodePipeline stand-in: invariants', () => {
  for (const mode of ['QUEUED', 'SUPERSEDED', 'PARALLEL'] as const) {
    it(`${mode}: whatever happens, no stage is shared or left idle, nothing ended runs, and the disk has all of it`, () => {
      const step = fc.tuple(fc.integer({ min: 0, max: 14 }), fc.nat(50));
      const steps = fc.array(step, { maxLength: 40 });
      fc.assert(
        fc.property(steps, (taken) => {
          const rig = new Rig(mode);
          try {
            for (const [what, which] of taken) {
              rig.act(what, which);
              rig.check();
            }
          } finally {
            rig.remove();
          }
        }),
        { numRuns: 30 },
      );
    });
  }
});
