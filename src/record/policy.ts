import { mayCountBeforehand } from '../gates/beforehand.ts';
import { criterionOf } from '../gates/asks.ts';
import { freshCriteria, isMet } from '../gates/criteria.ts';
import { initialState } from '../gates/initial.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { CriterionState, GatesState, GateState, Vote } from '../gates/model.ts';
import { addReview } from '../gates/overrides.ts';
import { gatesOf } from '../plan/gate-order.ts';
import type { CriterionId, GateId } from '../plan/model.ts';
import type { Recording } from './recording.ts';
import { timingFault } from './timing.ts';

/** Where the ledger says that a gate cleared although its policy was not met. */
export interface PolicyFault {
  readonly entry: number;
  readonly reason: string;
}

/**
 * Goes through a ledger entry by entry, keeps who has said what of which criterion, and looks at every clearing whether the
 * policy of the plan that was compiled was met at that instant.
 */
export function policyFault(entries: readonly LedgerEntry[], recording: Recording): PolicyFault | undefined {
  const { compiled, input } = recording;
  if (compiled === undefined) return undefined;
  const walk = new Walk(compiled.plan, input.by, recording);
  for (const entry of entries) {
    const reason = walk.take(entry);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

class Walk {
  private state: GatesState;
  private readonly recording: Recording;

  constructor(plan: Parameters<typeof gatesOf>[0], starter: string, recording: Recording) {
    const tasks = plan.milestones.flatMap(({ number, lanes }) =>
      lanes.flatMap((lane) => lane.tasks.map(({ ref, agent, contributors }) => ({ ref, agent, contributors, number }))),
    );
    this.recording = recording;
    this.state = initialState({
      gates: gatesOf(plan),
      tasks: Object.fromEntries(
        tasks.map(({ ref, agent, contributors, number }) => [
          ref,
          { agent, contributors, milestone: number, state: 'pending' as const },
        ]),
      ),
      starter,
      ...(plan.people === undefined ? {} : { people: plan.people }),
      ...(plan.operators === undefined ? {} : { operators: plan.operators }),
    });
  }

  /** @returns why the entry cannot be, or nothing */
  take(entry: LedgerEntry): string | undefined {
    const { what, code, on, trust } = entry;
    if (code !== 'ACCEPTED' || on === undefined) return undefined;
    const isPhase = trust === 'phase';
    if (isPhase && what === 'opened') this.open(on, entry);
    else if (isPhase && what === 'asked') this.ask(on, entry);
    else if (isPhase && what === 'cleared beforehand') return this.countBeforehand(on, entry);
    else if (isPhase && what === 'check') this.check(on, entry);
    else if (isPhase && what === 'escalated') this.escalate(on);
    else if (isPhase && what === 'voided') this.eachCriterion(entry, (one) => ({ ...one, votes: [] }));
    else if (isPhase && what === 'closed') this.set(on, { state: 'pending' });
    else if (isPhase && what === 'soaking') this.set(on, { soak: { since: entry.at } });
    else if (isPhase && what === 'soak broken') this.forgetSoak(on);
    else if (isPhase && what === 'cleared') return this.clear(on, entry);
    else if (!isPhase) this.hear(entry);
    return undefined;
  }

  private hear(entry: LedgerEntry): void {
    const { what, on = '', by = '' } = entry;
    const vote = this.voteOf(by, entry.at);
    if (what === 'approve' || what === 'pre-approval') {
      this.eachCriterion(entry, (one) => ({ ...one, votes: [...one.votes.filter((old) => old.by !== by), vote] }));
    } else if (what === 'waive') {
      this.eachCriterion(entry, (one) => ({ ...one, waiver: { ...vote, reason: entry.reason } }));
    } else if (what === 'withdraw') {
      this.eachCriterion(entry, ({ waiver, ...one }) => ({
        ...one,
        votes: one.votes.filter((old) => old.by !== by),
        ...(waiver === undefined || waiver.by === by ? {} : { waiver }),
      }));
    } else if (what === 'override') {
      this.override(on, by);
    } else if (what === 'complete' || what === 'skip') {
      const task = this.state.tasks[on];
      if (task !== undefined) this.state = { ...this.state, tasks: { ...this.state.tasks, [on]: { ...task, by } } };
    }
  }

  private open(id: GateId, { round = 0, nonce = '', at }: LedgerEntry): void {
    const { listed, times } = this.recording.rounds.get(nonce) ?? {};
    // As the phase does it: a list that has vanished leaves those known so far.
    if (
      listed !== undefined &&
      'people' in listed &&
      listed.people !== null &&
      !(listed.operators === null && this.state.operators !== null)
    ) {
      this.state = { ...this.state, people: listed.people, operators: listed.operators };
    }
    const before = this.state.gates[id];
    if (before === undefined) return;
    const { gate } = before;
    const criteria = freshCriteria(this.state, before, round);
    const timed = times === undefined ? {} : { times };
    const opened = { gate, state: 'open' as const, round, openedAt: at, ...timed, criteria };
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: opened } };
  }

  private countBeforehand(id: GateId, { by = '' }: LedgerEntry): string | undefined {
    const gate = this.state.gates[id];
    if (gate === undefined) return `there is no gate ${id}`;
    if (!mayCountBeforehand(gate.gate)) return `${id} was counted as cleared beforehand, which its policy forbids`;
    this.set(id, { state: 'cleared', beforehand: { by, reason: '' } });
    return undefined;
  }

  /** What came up while the phase ran is in the entry; who decides it, in the plan. */
  private ask(id: GateId, { criteria = [] }: LedgerEntry): void {
    const gate = this.state.gates[id]?.gate;
    if (gate === undefined) return;
    const asked = criteria.map((_, index) => criterionOf(gate, index + 1));
    this.set(id, { gate: { ...gate, criteria: asked }, state: 'pending', criteria: {} });
  }

  private forgetSoak(id: GateId): void {
    const gate = this.state.gates[id];
    if (gate === undefined) return;
    const { soak: _broken, ...rest } = gate;
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: rest } };
  }

  private escalate(id: GateId): void {
    const to = this.state.gates[id]?.gate.policy?.deadline?.to;
    if (to !== undefined) this.set(id, { escalatedTo: to });
  }

  private check(check: string, { reason }: LedgerEntry): void {
    for (const [id, { gate, criteria }] of Object.entries(this.state.gates)) {
      const criterion = gate.criteria.find(({ checks }) => checks.some((one) => one.id === check));
      if (criterion === undefined) continue;
      const before = criteria[criterion.id] ?? { votes: [], checks: {} };
      const state = reason.split(':', 1)[0] as 'passed';
      this.setCriterion(id, criterion.id, {
        ...before,
        checks: { ...before.checks, [check]: { state, at: 0, since: 0 } },
      });
    }
  }

  private override(id: GateId, by: string): void {
    const gate = this.state.gates[id];
    const policy = gate?.gate.policy?.override;
    if (gate === undefined || policy === undefined) return;
    this.set(id, { override: { by, at: 0, reason: '' } });
    const added = addReview(this.state, { gate: id, by, reason: '', review: policy.review });
    if (added !== undefined) this.state = added.state;
  }

  private clear(id: GateId, entry: LedgerEntry): string | undefined {
    const gate = this.state.gates[id];
    if (gate === undefined) return `there is no gate ${id}`;
    if (gate.state !== 'open') return `${id} cleared while it was ${gate.state}`;
    const { override } = gate;
    const unmet = override === undefined ? gate.gate.criteria.filter((one) => !isMet(this.state, gate.gate, one)) : [];
    if (unmet.length > 0) return `${id} cleared although ${unmet.map((one) => one.id).join(', ')} was not met`;
    if (override !== undefined && !this.mayOverride(gate, override.by)) return `${override.by} may not override ${id}`;
    const untimely = override === undefined ? timingFault(this.state, gate, entry) : undefined;
    if (untimely !== undefined) return untimely;
    this.set(id, { state: 'cleared' });
    return undefined;
  }

  private mayOverride({ gate }: GateState, by: string): boolean {
    const { people } = this.state;
    const role = gate.policy?.override?.role;
    return role !== undefined && (people === null || people[by]?.roles.includes(role) === true);
  }

  private voteOf(by: string, at: number): Vote {
    const { people } = this.state;
    return people === null ? { by, at } : { by, at, roles: people[by]?.roles ?? [] };
  }

  private eachCriterion({ criteria = [] }: LedgerEntry, change: (state: CriterionState) => CriterionState): void {
    for (const id of criteria) {
      const gate = id.slice(0, id.lastIndexOf('/'));
      this.setCriterion(gate, id, change(this.state.gates[gate]?.criteria[id] ?? { votes: [], checks: {} }));
    }
  }

  private setCriterion(gate: GateId, id: CriterionId, criterion: CriterionState): void {
    this.set(gate, { criteria: { ...this.state.gates[gate]?.criteria, [id]: criterion } });
  }

  private set(id: GateId, change: Partial<GateState>): void {
    const gate = this.state.gates[id];
    if (gate !== undefined)
      this.state = { ...this.state, gates: { ...this.state.gates, [id]: { ...gate, ...change } } };
  }
}
