import { own } from '../base/json.ts';
import type { CriterionId, GateId, TaskRef } from '../plan/gate-model.ts';
import { hashOf } from './chain.ts';
import type { Effect } from './events.ts';
import type { LedgerEntry } from './ledger.ts';
import type { CriterionState, DeskItem, GatesState, GateState, TaskSummary } from './model.ts';

/** How many recent entries the state keeps unless the caller says otherwise. */
const RECENT_ENTRIES = 200;

/** How many message ids are remembered; the state travels in one payload, which the server limits. */
const SEEN_IDS = 1000;

/** By whom a task was done, and a digest of what it has published. */
type HowDone = Pick<TaskSummary, 'by' | 'results'>;

/** One reduction in the making: the state so far and what follows from it. The state handed in is never changed. */
export class Draft {
  state: GatesState;
  readonly at: number;
  /** How many entries the ledger had before. */
  readonly entriesBefore: number;
  readonly effects: Effect[] = [];
  private readonly recentEntries: number;

  constructor(state: GatesState, at: number, recentEntries = RECENT_ENTRIES) {
    this.state = state;
    this.at = at;
    this.entriesBefore = state.ledger.length;
    this.recentEntries = recentEntries;
  }

  /** Appends to the ledger; answers the entry's number. */
  record(said: Omit<LedgerEntry, 'number' | 'at' | 'hash'>): number {
    const { length, head, recorded, recent } = this.state.ledger;
    const number = length + 1;
    const entry = { number, at: this.at, ...said };
    const hash = hashOf(head, entry);
    const kept = recent.filter((one) => one.number > number - this.recentEntries || one.number > recorded);
    this.state = {
      ...this.state,
      ledger: { length: number, head: hash, recorded, recent: [...kept, { ...entry, hash }] },
    };
    return number;
  }

  gate(id: GateId): GateState | undefined {
    return own(this.state.gates, id);
  }

  setGate(id: GateId, gate: GateState): void {
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: gate } };
  }

  setCriterion(gate: GateState, id: CriterionId, criterion: CriterionState): GateState {
    const changed: GateState = { ...gate, criteria: { ...gate.criteria, [id]: criterion } };
    this.setGate(gate.gate.id, changed);
    return changed;
  }

  task(ref: TaskRef): TaskSummary | undefined {
    return own(this.state.tasks, ref);
  }

  setTask(ref: TaskRef, state: TaskSummary['state'], desk: DeskItem | null, how: HowDone = {}): void {
    const task = this.task(ref);
    if (task === undefined) return;
    const { [ref]: _before, ...others } = this.state.desk;
    const { by: _undone, results: _gone, ended: _over, ...known } = task;
    const summary = isOver(state) ? { ...task, state, ...how } : { ...known, state };
    this.state = {
      ...this.state,
      tasks: { ...this.state.tasks, [ref]: summary },
      desk: desk === null ? others : { ...others, [ref]: desk },
    };
  }

  /** Replaces the state of a slice. */
  setSlice(name: string, slice: unknown): void {
    this.state = { ...this.state, slices: { ...this.state.slices, [name]: slice } };
  }

  /** Remembers the id of a signed message for as long as its round lasts: it would count again otherwise. */
  spend(id: GateId, jti: string): void {
    const gate = this.gate(id);
    if (gate !== undefined) this.setGate(id, { ...gate, spent: [...(gate.spent ?? []), jti] });
  }

  /** A list, because a record with a thousand keys takes milliseconds to copy, and this is copied for every message. */
  markSeen(key: string, entry: number): void {
    const { seen } = this.state;
    const kept = seen.length < SEEN_IDS ? seen : seen.slice(1 - SEEN_IDS);
    this.state = { ...this.state, seen: [...kept, { key, entry }] };
  }
}

function isOver(state: TaskSummary['state']): boolean {
  return state === 'done' || state === 'skipped';
}

/** Enters into the ledger what the phase itself has done at a gate. */
export function note(draft: Draft, { gate, round }: GateState, what: string, reason: string): void {
  draft.record({ what, trust: 'phase', on: gate.id, round, code: 'ACCEPTED', reason });
}
