import { initialState } from '../activities/slices.ts';
import { windows } from '../calendar/windows.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { CriterionState, GatesState, GateState, TaskSummary } from '../gates/model.ts';
import { criterionOf } from '../gates/rounds.ts';
import { freshCriteria } from '../gates/rules/criteria.ts';
import { PASS_LIFETIME, reliedOn } from '../gates/rules/freshness.ts';
import type { CriterionId, GateId, TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import { gatesOf, milestonesBefore } from '../plan/walk.ts';
import type { Recording } from './recording.ts';

/** The gates of a phase as its ledger tells them, up to one entry. */
export class Walk {
  state: GatesState;
  /** Whether a gate has opened so far. */
  hasOpened = false;
  readonly plan: Plan;
  private readonly rounds: Recording['rounds'];

  constructor(plan: Plan, { input, rounds }: Pick<Recording, 'input' | 'rounds'>) {
    this.plan = plan;
    this.rounds = rounds;
    this.state = initialState({
      gates: gatesOf(plan),
      tasks: tasksOf(plan),
      starter: input.by,
      people: plan.people,
      operators: plan.operators,
    });
  }

  /** Opens a round, with the people who were listed then. */
  open(id: GateId, { round = 0, nonce = '', at }: LedgerEntry): string | undefined {
    this.hasOpened = true;
    const { listed, times } = this.rounds.get(nonce) ?? {};
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
    if (before === undefined) return `there is no gate ${id}`;
    if (before.state === 'open' || before.state === 'cleared') return `${id} opened while it was ${before.state}`;
    if (round !== before.round + 1) return `${id} opened round ${String(round)} after round ${String(before.round)}`;
    const opened: GateState = {
      gate: before.gate,
      state: 'open',
      round,
      nonce,
      openedAt: at,
      early: before.early,
      times,
      criteria: freshCriteria(this.state, before, round),
    };
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: opened } };
    return undefined;
  }

  /** Takes what else the phase has entered. */
  note(on: string, entry: LedgerEntry): void {
    const { what, at, round, reason } = entry;
    if (what === 'asked') this.ask(on, entry);
    else if (what === 'check') this.check(on, entry);
    else if (what === 'escalated') this.escalate(on);
    else if (what === 'voided') this.eachCriterion(entry, (one) => ({ ...one, votes: [] }));
    else if (what === 'closed') this.start(on);
    else if (what === 'rejected' && round === this.state.gates[on]?.round) {
      this.set(on, { state: 'rejected', rejection: { by: 'phase', reason, rework: [] } });
    } else if (what === 'soaking') this.set(on, { soak: { since: at } });
    else if (what === 'soak broken') this.forget(on, 'soak');
  }

  end(): void {
    this.state = { ...this.state, over: true };
  }

  /** Steps did it, even if a person did it in an earlier round. */
  forgetWhoDid(task: TaskRef): void {
    const { by: _before, ...rest } = this.state.tasks[task] ?? {};
    this.state = { ...this.state, tasks: { ...this.state.tasks, [task]: rest as TaskSummary } };
  }

  setTask(task: TaskRef, change: Partial<TaskSummary>): void {
    const known = this.state.tasks[task];
    if (known !== undefined)
      this.state = { ...this.state, tasks: { ...this.state.tasks, [task]: { ...known, ...change } } };
  }

  eachCriterion({ criteria = [] }: LedgerEntry, change: (state: CriterionState) => CriterionState): void {
    for (const id of criteria) {
      const gate = id.slice(0, id.lastIndexOf('/'));
      this.setCriterion(gate, id, change(this.state.gates[gate]?.criteria[id] ?? { votes: [], checks: {} }));
    }
  }

  set(id: GateId, change: Partial<GateState>): void {
    const gate = this.state.gates[id];
    if (gate !== undefined)
      this.state = { ...this.state, gates: { ...this.state.gates, [id]: { ...gate, ...change } } };
  }

  /** What came up while the phase ran is in the entry; who decides it, in the plan. */
  private ask(id: GateId, { criteria = [] }: LedgerEntry): void {
    const gate = this.state.gates[id]?.gate;
    if (gate === undefined) return;
    const asked = criteria.map((_, index) => criterionOf(gate, index + 1));
    this.start(id, { ...gate, criteria: asked });
  }

  /** As it was before it first opened, but for the rounds that it has had. */
  private start(id: GateId, planned = this.state.gates[id]?.gate): void {
    const round = this.state.gates[id]?.round ?? 0;
    if (planned === undefined) return;
    const gate: GateState = { gate: planned, state: 'pending', round, criteria: {} };
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: gate } };
  }

  private forget(id: GateId, what: 'soak'): void {
    const gate = this.state.gates[id];
    if (gate === undefined) return;
    const { [what]: _gone, ...rest } = gate;
    this.state = { ...this.state, gates: { ...this.state.gates, [id]: rest } };
  }

  private escalate(id: GateId): void {
    const to = this.state.gates[id]?.gate.policy?.deadline?.to;
    if (to !== undefined) this.set(id, { escalatedTo: to });
  }

  private check(check: string, { reason, at }: LedgerEntry): void {
    for (const [id, { gate, criteria }] of Object.entries(this.state.gates)) {
      const criterion = gate.criteria.find(({ checks }) => checks.some((one) => one.id === check));
      if (criterion === undefined) continue;
      const before = criteria[criterion.id] ?? { votes: [], checks: {} };
      const state = reason.split(':', 1)[0] as 'passed';
      this.setCriterion(id, criterion.id, {
        ...before,
        checks: { ...before.checks, [check]: { state, at, since: at } },
      });
    }
  }

  private setCriterion(gate: GateId, id: CriterionId, criterion: CriterionState): void {
    this.set(gate, { criteria: { ...this.state.gates[gate]?.criteria, [id]: criterion } });
  }
}

function tasksOf(plan: Plan): GatesState['tasks'] {
  const tasks = plan.milestones.flatMap(({ number, lanes }) =>
    lanes.flatMap((lane) => lane.tasks.map((task) => ({ milestone: number, lane: lane.id, task }))),
  );
  return Object.fromEntries(
    tasks.map(({ milestone, lane, task: { ref, agent, contributors } }): [TaskRef, TaskSummary] => [
      ref,
      { agent, contributors, milestone, lane, state: 'pending' },
    ]),
  );
}

/** Of a task that was done while its skip was on the way: the person who skipped it has influenced what the gate sees. */
const SKIPPED_LATE = 'done before the skip reached it';

/** Why a task cannot have been done as the entry says, and otherwise notes that it was. */
export function taskFault(
  walk: Walk,
  { on = '', what, reason }: LedgerEntry,
  recording: Recording,
): string | undefined {
  // A phase that was reset takes over what its milestone did before, also what it has forgotten of.
  if (recording.resets > 0) return undefined;
  if (what === 'not recorded') return `${on} is ${reason}`;
  if (reason === 'beforehand') {
    return isBeforehand(walk, on, recording.input.from) ? undefined : `neither plan nor start says that ${on} is done`;
  }
  const gate = guarding(walk, on);
  if (gate !== undefined) return `${on} was done although its gate ${gate} had not cleared`;
  if (reason !== SKIPPED_LATE) walk.forgetWhoDid(on);
  return undefined;
}

/** The gate before a task that has not cleared. */
export function guarding({ state }: Walk, task: TaskRef): GateId | undefined {
  const found = Object.values(state.gates).find(({ gate: { guards }, state: stands }) => {
    return guards !== undefined && guards.what !== 'changes' && guards.tasks.includes(task) && stands !== 'cleared';
  });
  return found?.gate.id;
}

function isBeforehand({ plan, hasOpened }: Walk, ref: TaskRef, from: string | undefined): boolean {
  const earlier = from === undefined ? [] : milestonesBefore(plan, from);
  return (
    !hasOpened &&
    plan.milestones.some(({ number, lanes }) =>
      lanes.some(({ tasks }) =>
        tasks.some((task) => task.ref === ref && (earlier.includes(number) || task.tags.includes('done'))),
      ),
    )
  );
}

/** Why a gate may not have cleared at that instant, by the times that its policy states. */
export function timingFault(state: GatesState, gate: GateState, cleared: LedgerEntry): string | undefined {
  return tooSoon(gate, cleared) ?? outsideWindow(gate, cleared) ?? tooOld(state, gate, cleared);
}

function tooSoon({ gate, openedAt = 0, times, soak }: GateState, { at }: LedgerEntry): string | undefined {
  const { wait, soak: length } = gate.policy ?? {};
  const open = times?.wait ?? (wait === undefined ? 0 : openedAt + wait * 1000);
  if (at < open) return `${gate.id} cleared before it had been open for its least time`;
  if (length === undefined || (soak !== undefined && at >= soak.since + length * 1000)) return undefined;
  return `${gate.id} cleared before everything had held for its soak time`;
}

function outsideWindow({ gate }: GateState, { at }: LedgerEntry): string | undefined {
  const calendar = gate.policy?.window;
  if (calendar === undefined) return undefined;
  const [next] = windows(calendar, at, 1);
  return next !== undefined && next.opens <= at ? undefined : `${gate.id} cleared outside of ${calendar.name}`;
}

function tooOld(state: GatesState, gate: GateState, { at, passes = {} }: LedgerEntry): string | undefined {
  const old = reliedOn(state, gate).find(({ id, lifetime = PASS_LIFETIME }) => {
    const found = passes[id];
    return found === undefined || at - found > lifetime * 1000;
  });
  return old === undefined ? undefined : `${gate.gate.id} cleared on a pass of ${old.id} that was too old`;
}
