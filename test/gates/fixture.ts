import assert from 'node:assert/strict';
import { initialState, reduce } from '../../src/activities/slices.ts';
import type { Effect, GatesEvent } from '../../src/gates/events.ts';
import type { Evidence, Verdict } from '../../src/gates/ledger.ts';
import type { CheckState, GatesState, MessageName } from '../../src/gates/model.ts';
import { subjectOf } from '../../src/gates/rules/separation.ts';
import type { Criterion, Gate, GatePolicy } from '../../src/plan/gate-model.ts';
import type { People } from '../../src/plan/model.ts';

export function criterion(gate: string, number: number, rule: Partial<Criterion> = {}): Criterion {
  return {
    id: `${gate}/${String(number)}`,
    number,
    text: `Criterion ${String(number)}`,
    checks: [],
    approval: 'only',
    line: 1,
    ...rule,
  };
}

export function check(id: string, kind = 'met'): Criterion['checks'][number] {
  return { id, kind, label: '', profile: 'work', input: {} };
}

/**
 * Entry: 1 for a Stakeholder, 2 for any role. 4.1/entry: the same as entry/1. 4.1/exit: 1 by a check alone, 2 by both, 3 by either.
 * Quality: nothing. Completion: one for a Stakeholder.
 */
export const gates: readonly Gate[] = [
  gate('entry', [
    criterion('entry', 1, { approvers: [{ roles: ['Stakeholder'], quorum: 1 }], text: 'Plan approved' }),
    criterion('entry', 2),
  ]),
  gate('4.1/entry', [
    criterion('4.1/entry', 1, {
      approvers: [{ roles: ['Stakeholder'], quorum: 1 }],
      text: 'Plan approved',
      sameAs: 'entry/1',
    }),
  ]),
  gate('4.1/exit', [
    criterion('4.1/exit', 1, { approval: 'no', checks: [check('4.1/exit/1/met')] }),
    criterion('4.1/exit', 2, {
      approval: 'and',
      approvers: [{ roles: ['Stakeholder'], quorum: 1 }],
      checks: [check('4.1/exit/2/met')],
    }),
    criterion('4.1/exit', 3, { approval: 'or', checks: [check('4.1/exit/3/met')] }),
  ]),
  gate('4.1/quality', []),
  gate('completion', [criterion('completion', 1, { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] })]),
];

function gate(id: string, criteria: readonly Criterion[], policy: GatePolicy = {}): Gate {
  const kind = id.slice(id.lastIndexOf('/') + 1) as Gate['kind'];
  return { id, kind, criteria, policy, line: 1, ...(id.includes('/') ? { milestone: '4.1' } : {}) };
}

/** dana decides, lee operates, ines builds, mona contributes. */
export const people: People = {
  dana: { roles: ['Stakeholder'], agents: [] },
  lee: { roles: ['Delivery Lead'], agents: [] },
  ines: { roles: [], agents: ['Build Agent'] },
  mona: { roles: [], agents: ['Monitoring Agent'] },
};

export type Rules = Partial<Criterion>;

/** Other people and gates than the usual ones. */
interface Cast {
  readonly people?: People;
  readonly starter?: string;
  readonly gates?: readonly {
    readonly id: string;
    readonly criteria: readonly Criterion[];
    readonly policy?: GatePolicy;
  }[];
}

/** A phase's gates, spoken to in order. */
export class Talk {
  state: GatesState;
  effects: Effect[] = [];
  private at = 1000;

  constructor(open = false, cast: Cast = {}) {
    this.state = initialState({
      gates: cast.gates?.map(({ id, criteria, policy }) => gate(id, criteria, policy)) ?? gates,
      tasks: {
        '4.1/a1': { agent: 'Build Agent', contributors: ['Monitoring Agent'], milestone: '4.1', state: 'pending' },
        '4.2/a1': { agent: 'Build Agent', contributors: [], milestone: '4.2', state: 'pending', hasSteps: true },
      },
      ...(open ? {} : { people: cast.people ?? people, operators: ['Delivery Lead', 'Ops'] }),
      ...(cast.starter === undefined ? {} : { starter: cast.starter }),
    });
  }

  apply(event: GatesEvent): Verdict | undefined {
    this.at += 1;
    const before = this.state.ledger.length;
    const { state, verdict, effects } = reduce(this.state, event, this.at);
    this.state = state;
    this.effects = [...effects];
    if (event.type === 'message') assert.ok(this.state.ledger.length > before, 'every message is recorded');
    return verdict;
  }

  say(name: MessageName, body: unknown): Verdict {
    return this.hear(name, body);
  }

  /** A message of any name. */
  hear(name: string, body: unknown): Verdict {
    const verdict = this.apply({ type: 'message', name, body });
    assert.ok(verdict);
    return verdict;
  }

  open(gateId: string, given: Pick<GatesEvent & { type: 'open' }, 'times' | 'windows'> = {}): this {
    this.apply({ type: 'open', gate: gateId, nonce: `nonce of ${gateId}`, ...given });
    return this;
  }

  /** Epoch milliseconds of the last event. */
  get now(): number {
    return this.at;
  }

  /** Lets that many milliseconds go by, and has done what is due. */
  pass(ms: number): void {
    this.at += ms - 1;
    this.apply({ type: 'tick' });
  }

  /** Lets that many milliseconds go by. */
  wait(ms: number): void {
    this.at += ms;
  }

  subjectOf(gateId: string): string {
    return subjectOf(this.state, gateId);
  }

  found(id: string, result: CheckState['state'], round = 1, evidence?: readonly Evidence[]): void {
    const gate = id.slice(0, id.indexOf('/', 4));
    const seen = evidence === undefined ? {} : { evidence };
    this.apply({ type: 'check', gate, round, check: id, result, reason: result, ...seen });
  }

  stateOf(gateId: string): string | undefined {
    return this.state.gates[gateId]?.state;
  }
}
