import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { ActionOutcome, ActionProvider } from './action.ts';
import { AwsFault } from './fault.ts';
import { advance } from './machine/advance.ts';
import { endAction, noteExternal } from './machine/actions.ts';
import { endRule } from './machine/conditions.ts';
import { expire, nextExpiry, openRules } from './machine/expiry.ts';
import {
  currentStage,
  isActive,
  type ActionAttempt,
  type Definition,
  type Execution,
  type RuleAttempt,
} from './machine/state.ts';
import type { Turn } from './machine/turn.ts';
import type { RuleProvider } from './rules/rule.ts';
import type { Store, World } from './store.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

export interface EngineOptions {
  readonly store: Store;
  readonly providers: readonly ActionProvider[];
  readonly rules: readonly RuleProvider[];
  readonly region: string;
  /** Milliseconds that a minute of a definition takes (time-outs, `WaitTime`). */
  readonly minute: number;
  /** Executions of a pipeline that are kept; older ones that have ended are removed with their folders. */
  readonly kept: number;
  /** Told after each turn: its changes are on disk. */
  readonly onTurn?: () => void;
}

interface Live {
  readonly world: World;
  readonly abort: AbortController;
}

/** Carries pipelines out: every change is one turn of the machine, which is on disk before anything follows from it. */
export class Engine {
  readonly options: EngineOptions;
  readonly #worlds: Map<string, World>;
  /** Runs of actions and rules that are in progress in this process, by id. */
  readonly #live = new Map<string, Live>();
  readonly #timers = new Map<World, NodeJS.Timeout>();
  #isStopped = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.#worlds = new Map(options.store.load().map((world) => [world.pipeline.name, world]));
  }

  /** Takes up what an earlier process has left in progress. */
  resume(): void {
    for (const world of this.#worlds.values()) this.turn(world, () => undefined);
  }

  /** Ends nothing that runs: the next process adopts it. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  get pipelines(): World[] {
    return [...this.#worlds.values()];
  }

  /** @throws AwsFault `PipelineNotFoundException` */
  pipeline(name: string): World {
    const world = this.#worlds.get(name);
    if (world) return world;
    throw new AwsFault(
      'PipelineNotFoundException',
      `Account '000000000000' does not have a pipeline with name '${name}'`,
    );
  }

  has(name: string): boolean {
    return this.#worlds.has(name);
  }

  /** @returns the pipeline's new state, with no version yet */
  add(name: string): World {
    const now = Date.now();
    const pipeline = { name, version: 0, created: now, updated: now, transitions: {}, tags: [] };
    const world: World = { pipeline, versions: new Map(), executions: new Map() };
    this.#worlds.set(name, world);
    return world;
  }

  /** Makes the definition the pipeline's next version. */
  addVersion({ pipeline, versions }: World, definition: Definition): void {
    pipeline.version++;
    pipeline.updated = Date.now();
    versions.set(pipeline.version, definition);
    this.options.store.writeVersion(pipeline.name, pipeline.version, definition);
    this.options.store.writePipeline(pipeline);
  }

  remove(world: World): void {
    this.#worlds.delete(world.pipeline.name);
    for (const [id, live] of this.#live) if (live.world === world) this.#end(id, live);
    clearTimeout(this.#timers.get(world));
    this.#timers.delete(world);
    this.options.store.removePipeline(world.pipeline.name);
  }

  /** Carries one change out, and all that follows from it now. */
  turn<T>(world: World, act: (turn: Turn) => T): T {
    const { store, region, minute } = this.options;
    const { pipeline, executions, versions } = world;
    const turn: Turn = {
      ...{ pipeline, executions, region, minute },
      now: Date.now(),
      newId: randomUUID,
      definition: (version) => definitionOf(versions, version),
      folder: (execution, run) => store.runFolder(pipeline.name, execution, run),
      changed: new Set(),
    };
    const result = act(turn);
    advance(turn);
    for (const execution of turn.changed) store.writeExecution(execution);
    this.#prune(world);
    this.#reconcile(world);
    this.options.onTurn?.();
    return result;
  }

  #prune({ pipeline, executions, versions }: World): void {
    const surplus = executions.size - this.options.kept;
    if (surplus <= 0) return;
    const ended = [...executions.values()].filter((one) => !isActive(one)).slice(0, surplus);
    for (const { id } of ended) {
      executions.delete(id);
      this.options.store.removeExecution(pipeline.name, id);
    }
    const used = new Set([pipeline.version, ...[...executions.values()].map(({ version }) => version)]);
    for (const version of [...versions.keys()].filter((one) => !used.has(one))) {
      versions.delete(version);
      this.options.store.removeVersion(pipeline.name, version);
    }
  }

  /** Starts what the state says is running and is not, and ends what the state no longer has. */
  #reconcile(world: World): void {
    if (this.#isStopped) return;
    const running = new Set<string>();
    for (const execution of [...world.executions.values()].filter(isActive)) {
      for (const attempt of currentStage(execution).attempts) {
        if (attempt.status !== 'InProgress' || attempt.approval !== undefined) continue;
        running.add(attempt.id);
        if (!this.#live.has(attempt.id)) this.#runAction(world, execution, attempt);
      }
      for (const rule of openRules(execution)) {
        running.add(rule.id);
        if (!this.#live.has(rule.id)) this.#runRule(world, execution, rule);
      }
    }
    for (const [id, live] of this.#live) if (live.world === world && !running.has(id)) this.#end(id, live);
    this.#setTimer(world);
  }

  #end(id: string, { abort }: Live): void {
    this.#live.delete(id);
    abort.abort();
  }

  #runAction(world: World, execution: Execution, { id, run }: ActionAttempt): void {
    const { signal } = this.#begin(id, world);
    const ended = (outcome: ActionOutcome): void =>
      this.#report(id, signal, world, (turn) => endAction(turn, execution, id, outcome));
    const started = (external: Partial<ActionOutcome>): void => {
      if (this.#counts(id, signal)) this.turn(world, (turn) => noteExternal(turn, execution, id, external));
    };
    const provider = this.options.providers.find(
      ({ type }) =>
        type.category === run?.type.category && type.owner === run.type.owner && type.provider === run.type.provider,
    );
    if (run === undefined || provider === undefined) {
      const message = `The stand-in has no provider for ${run?.type.category ?? ''}/${run?.type.provider ?? ''}.`;
      queueMicrotask(() => ended({ status: 'Failed', error: { code: 'ConfigurationError', message } }));
      return;
    }
    mkdirSync(run.folder, { recursive: true });
    // Later, as a provider that calls back at once would begin a turn within this one.
    void Promise.resolve()
      .then(() => provider.run(run, { signal, started }))
      .then(ended, (error: unknown) =>
        ended({ status: 'Failed', error: { code: 'InternalError', message: String(error) } }),
      );
  }

  #runRule(world: World, execution: Execution, rule: RuleAttempt): void {
    const { signal } = this.#begin(rule.id, world);
    const { id: executionId, pipeline } = execution;
    const folder = this.options.store.runFolder(pipeline, executionId, rule.id);
    const place = { pipeline, executionId, stage: currentStage(execution).name, folder };
    mkdirSync(folder, { recursive: true });
    const ended = (status: 'Succeeded' | 'Failed', outcome: NonNullable<RuleAttempt['outcome']>): void =>
      this.#report(rule.id, signal, world, (turn) => endRule(turn, execution, rule.id, status, outcome));
    void Promise.resolve()
      .then(() => {
        const provider = this.options.rules.find((one) => one.provider === rule.provider);
        if (provider === undefined) throw new Error(`The stand-in has no rule ${rule.provider}.`);
        return provider.run(rule, { signal, minute: this.options.minute, place });
      })
      .then(({ status, ...outcome }) => ended(status, outcome))
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        ended('Failed', { summary: message, error: { code: 'RuleFailed', message } });
      });
  }

  #begin(id: string, world: World): AbortController {
    const abort = new AbortController();
    this.#live.set(id, { world, abort });
    return abort;
  }

  #report(id: string, signal: AbortSignal, world: World, act: (turn: Turn) => void): void {
    if (!this.#counts(id, signal)) return;
    this.#live.delete(id);
    this.turn(world, act);
  }

  #counts(id: string, signal: AbortSignal): boolean {
    return !this.#isStopped && !signal.aborted && this.#live.has(id);
  }

  #setTimer(world: World): void {
    clearTimeout(this.#timers.get(world));
    this.#timers.delete(world);
    const next = nextExpiry(world.executions.values());
    if (next === Infinity) return;
    const wait = Math.min(Math.max(0, next - Date.now()), LONGEST_TIMER);
    this.#timers.set(world, setTimeout(() => this.turn(world, expire), wait).unref());
  }
}

function definitionOf(versions: World['versions'], version: number): Definition {
  const definition = versions.get(version);
  if (definition === undefined) throw new Error(`version ${version} is not there`);
  return definition;
}
