import assert from 'node:assert/strict';
import { issueView } from '../../../src/activities/issues/view.ts';
import { issuesOf, type Issue, type IssuesState } from '../../../src/activities/issues/model.ts';
import { initialState, reduce, roundOf } from '../../../src/activities/slices.ts';
import type { FailingCase, SuiteFact } from '../../../src/activities/suite/fact.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { Effect, GatesEvent } from '../../../src/gates/events.ts';
import type { Verdict } from '../../../src/gates/ledger.ts';
import type { GatesState } from '../../../src/gates/model.ts';
import type { TaskRound } from '../../../src/gates/slice.ts';
import type { People } from '../../../src/plan/model.ts';

/** lee operates; ines and dev2 hold the agent that mends; uma accepts; max has no say. */
export const people: People = {
  lee: { roles: ['Delivery Lead'], agents: [] },
  ines: { roles: [], agents: ['Development Agent'] },
  dev2: { roles: [], agents: ['Development Agent'] },
  uma: { roles: ['Product Owner'], agents: [] },
  max: { roles: ['Watcher'], agents: [] },
};

const LOOP = { severity: 'medium', most: 2, after: ['4.3/a1'], by: 'agents', final: true };

const START = Date.parse('2026-11-30T08:00:00Z');

/** A phase whose task a1 tests, and whose task b1 fixes and retests. */
export class Testing {
  state: GatesState;
  effects: readonly Effect[] = [];
  private at = START;

  constructor({ loop = {}, open = false }: { loop?: JsonObject; open?: boolean } = {}) {
    const task = { contributors: [], milestone: '4.3', state: 'running' } as const;
    this.state = initialState({
      gates: [],
      tasks: {
        '4.3/a1': { ...task, agent: 'Testing Agent' },
        '4.3/b1': {
          ...task,
          agent: 'Development Agent',
          rounds: { slice: 'issues', settings: { ...LOOP, ...loop }, done: 0 },
        },
        '4.3/c1': { ...task, agent: 'Testing Agent', rounds: { slice: 'uat', settings: {}, done: 0 } },
      },
      ...(open ? {} : { people, operators: ['Delivery Lead'] }),
    });
  }

  get log(): IssuesState {
    return issuesOf(this.state);
  }

  get now(): number {
    return this.at;
  }

  apply(event: GatesEvent): Verdict | undefined {
    this.at += 1000;
    const { state, verdict, effects } = reduce(this.state, event, this.at);
    this.state = state;
    this.effects = effects;
    return verdict;
  }

  say(name: string, body: object): Verdict {
    const verdict = this.apply({ type: 'message', name, body });
    assert.ok(verdict);
    return verdict;
  }

  fact(topic: string, key: string, data: JsonObject, task = '4.3/a1'): void {
    this.apply({ type: 'fact', task, topic, key, data });
  }

  /** A suite has run: `failing` by key, at this revision. */
  ran(failing: readonly string[], revision: string, more: Partial<SuiteFact> = {}): SuiteFact {
    const fact = suiteFact(failing, { revision, at: new Date(this.at).toISOString(), ...more });
    this.tell(fact);
    return fact;
  }

  tell(fact: SuiteFact): void {
    this.fact('suite', `${fact.suite}/${fact.environment}`, fact);
  }

  /** A round of b1 is over, in which the suite has run. */
  roundOver(number: number): void {
    this.apply({ type: 'round', task: '4.3/b1', number });
  }

  next(task = '4.3/b1'): TaskRound | undefined {
    return roundOf(this.state, task);
  }

  over(task: string): void {
    this.apply({ type: 'task', task, state: 'done', desk: null });
  }

  issue(id: string): Issue {
    const found = this.log.issues.find((one) => one.id === id);
    assert.ok(found, id);
    return found;
  }

  stateOf(id: string): string {
    return this.issue(id).state;
  }

  /** Every issue as `id state`. */
  get states(): string[] {
    return this.log.issues.map(({ id, state }) => `${id} ${state}`);
  }

  get lastEntry(): string {
    const { what, on = '', reason } = this.state.ledger.recent.at(-1)!;
    return `${what} ${on}: ${reason}`;
  }

  view() {
    return issueView(this.state);
  }
}

export function suiteFact(failing: readonly string[], more: Partial<SuiteFact> = {}): SuiteFact {
  const total = Math.max(10, failing.length);
  return {
    suite: 'component',
    environment: 'testing',
    revision: 'r1',
    at: new Date(START).toISOString(),
    cases: { total, passed: total - failing.length, failed: failing.length, skipped: 0, flaky: 0 },
    caseSet: '1'.repeat(64),
    result: { where: 'suites/component-testing-1.json', sha256: 'a'.repeat(64) },
    component: 'orders api',
    agent: 'Development Agent',
    severity: 'high',
    failing: failing.map(failingCase),
    skipped: [],
    flaky: [],
    criteria: {},
    ...more,
  };
}

export function failingCase(key: string): FailingCase {
  return { key, title: `Case ${key}`, message: `expected 200, was 500 (${key})` };
}

/** A fix that names a test case. */
export const fixed = { note: 'mended', cases: ['Orders › are listed'] };
