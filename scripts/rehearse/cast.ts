import type { DeskEntry, OpenGate, UnmetCriterion } from '../../src/contract/answers.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import type { Gate, GateId } from '../../src/plan/gate-model.ts';
import type { Plan } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import type { Lengths } from './lengths.ts';
import { isStandIn, STAND_IN, standInAt, tasksOf } from './plan.ts';
import type { Foreseen } from './stand-ins.ts';

/** What a person has done. */
export interface Act {
  /** When it was asked for, and when it was done; epoch milliseconds. */
  readonly since: number;
  readonly at: number;
  readonly what: 'approve' | 'complete' | 'input';
  /** Gate or task. */
  readonly on: string;
  readonly by: string;
}

/** A gate that nobody can clear, or a task that nobody can complete. */
export interface Stuck {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly on: string;
  readonly why: string;
  /** How the rehearsal went on. */
  readonly wentOn: string;
}

export interface CastOptions {
  /** As it is rehearsed. */
  readonly plan: Plan;
  readonly lengths: Lengths;
  readonly foreseen: Foreseen;
  /** Sends an Update to the phase. */
  say(name: string, message: object): Promise<Verdict>;
}

/** Rounds of a gate that a deadline may reject before it counts as one that nobody can clear. */
const ROUNDS = 3;

/**
 * The people of a rehearsal. Each task is completed when its planned length has passed. Each gate is approved by as few people as can
 * approve it, at the first moment of the window that its policy names, otherwise in the next working time. Among those who may act, the
 * one with the fewest roles who has acted least is chosen: the others stay free to approve what the first one has done.
 */
export class Cast {
  readonly acts: Act[] = [];
  readonly stuck: Stuck[] = [];
  private readonly options: CastOptions;
  private readonly gates: ReadonlyMap<GateId, Gate>;
  /** When what waits for a person is answered, by gate and round or by task. */
  private readonly due = new Map<string, number>();

  constructor(options: CastOptions) {
    this.options = options;
    this.gates = new Map(gatesOf(options.plan).map((gate) => [gate.id, gate]));
  }

  /**
   * Does everything that is due.
   *
   * @returns whether anything was done
   */
  async act(gates: readonly OpenGate[], desk: readonly DeskEntry[], now: number): Promise<boolean> {
    let acted = false;
    for (const item of desk) acted = (await this.answer(item, now)) || acted;
    for (const gate of gates) acted = (await this.decide(gate, now)) || acted;
    return acted;
  }

  /** Waives whatever is unmet, because nothing would go on otherwise: checks of other gates, which no person decides. */
  async breakThrough(gates: readonly OpenGate[], now: number): Promise<boolean> {
    const waiting = gates.filter(({ state, unmet }) => state === 'open' && unmet.length > 0);
    for (const gate of waiting) await this.waive(gate, gate.unmet, now);
    return waiting.length > 0;
  }

  private async answer(item: DeskEntry, now: number): Promise<boolean> {
    const { task, waits, since, agents } = item;
    if (waits === 'blocked') return false;
    const begun = Date.parse(since);
    const { lengths } = this.options;
    const when = waits === 'complete' ? lengths.endOfTask(task, begun) : lengths.clock.begin(begun);
    if (!this.isDue(`${task} ${waits} ${since}`, when, now)) return false;
    const by = this.choose(item.who) ?? (this.isOpen ? agents[0] : undefined);
    if (by === undefined) {
      const what = waits === 'complete' ? 'complete it' : 'give its input';
      await this.say('skip', { task, by: STAND_IN, reason: 'rehearsal' });
      const why = `nobody holds ${agents.join(' or ')}, so nobody may ${what}`;
      this.stuck.push({ at: now, on: task, why, wentOn: 'skipped by the rehearsal' });
      return true;
    }
    const { delivers = [] } = tasksOf(this.options.plan).find(({ ref }) => ref === task) ?? {};
    const outputs = Object.fromEntries(delivers.map((name) => [name, 'rehearsal']));
    const carried = waits === 'complete' && delivers.length > 0 ? { outputs } : {};
    await this.say(waits, { task, by, note: 'rehearsal', ...carried });
    this.acts.push({ since: begun, at: now, what: waits, on: task, by });
    return true;
  }

  private async decide(gate: OpenGate, now: number): Promise<boolean> {
    if (gate.state === 'rejected') return this.openAgain(gate, now);
    const missing = gate.unmet.filter(isForPeople);
    if (gate.state !== 'open' || missing.length === 0) return false;
    const when = this.whenDecided(gate, now);
    if (when === undefined || !this.isDue(`${gate.gate} ${String(gate.round)}`, when, now)) return false;
    const chosen = this.approvers(missing);
    if (chosen.length > 0) {
      for (const by of chosen) {
        await this.say('approve', { gate: gate.gate, by });
        this.acts.push({ since: Date.parse(gate.openedAt ?? ''), at: now, what: 'approve', on: gate.gate, by });
      }
      return true;
    }
    if (this.mayEscalate(gate, now)) return false;
    await this.waive(gate, missing, now);
    return true;
  }

  /** The first moment of the gate's window, or of working time; `undefined` while no window is known. */
  private whenDecided({ gate, openedAt = '' }: OpenGate, now: number): number | undefined {
    const opened = Date.parse(openedAt);
    if (this.gates.get(gate)?.policy?.window === undefined) return this.options.lengths.clock.begin(opened);
    const next = this.options.foreseen.windows.get(gate)?.find(({ closes }) => closes > now);
    return next === undefined ? undefined : Math.max(next.opens, opened);
  }

  /** The next one who may approve everything that is theirs, for as few people as possible. */
  private approvers(missing: readonly UnmetCriterion[]): string[] {
    const chosen: string[] = [];
    for (const { who, needs, approvedBy } of missing) {
      if (this.isOpen) {
        // Anyone may; a quorum takes another name each time.
        const [role = ''] = needs.replace(/^\d+ (more )?/, '').split(',');
        const name = role === 'any role' ? 'anyone' : role;
        chosen.push(approvedBy.length === 0 ? name : `${name} ${String(approvedBy.length + 1)}`);
        continue;
      }
      if (who.some((person) => chosen.includes(person))) continue;
      const by = this.choose(who);
      if (by !== undefined) chosen.push(by);
    }
    return [...new Set(chosen)];
  }

  /** True while the deadline, at which others may approve as well, is still to come. */
  private mayEscalate({ gate, deadline }: OpenGate, now: number): boolean {
    return this.gates.get(gate)?.policy?.deadline?.then === 'escalate' && Date.parse(deadline ?? '') > now;
  }

  private async openAgain({ gate, round, rejection }: OpenGate, now: number): Promise<boolean> {
    if (round >= ROUNDS) return false;
    await this.say('resubmit', { gate, by: this.isOpen ? 'anyone' : standInAt(gate) });
    const why = `round ${String(round)} was rejected: ${rejection?.reason ?? 'its deadline has passed'}`;
    this.stuck.push({ at: now, on: gate, why, wentOn: 'opened again by the rehearsal' });
    return true;
  }

  /** Goes on without what nobody may approve, as an operator who belongs to the rehearsal alone. */
  private async waive(gate: OpenGate, criteria: readonly UnmetCriterion[], now: number): Promise<void> {
    const by = this.isOpen ? STAND_IN : standInAt(gate.gate);
    for (const { number } of criteria) {
      await this.say('waive', { gate: gate.gate, criterion: number, by, reason: 'rehearsal: nobody may clear it' });
    }
    const why = criteria.map(whyUnmet).join('; ');
    this.stuck.push({ at: now, on: gate.gate, why, wentOn: `overridden by the rehearsal${this.realWayOut(gate)}` });
  }

  /** Who of the playbook has a way out. */
  private realWayOut({ override, unmet }: OpenGate): string {
    const who = override?.who.filter((name) => !isStandIn(name)) ?? [];
    if (override !== undefined && who.length > 0) return `; ${who.join(' or ')} (${override.role}) may override it`;
    const operators = unmet.flatMap(({ waivers = [] }) => waivers).filter((name) => !isStandIn(name));
    const names = [...new Set(operators)];
    return names.length === 0 ? '; no person of the playbook could' : `; ${names.join(' or ')} may waive it`;
  }

  private choose(who: readonly string[]): string | undefined {
    const { people = {} } = this.options.plan;
    const uses = (name: string) => this.acts.filter(({ by }) => by === name).length;
    const roles = (name: string) => people[name]?.roles.length ?? 0;
    return who
      .filter((name) => !isStandIn(name))
      .toSorted((one, other) => uses(one) - uses(other) || roles(one) - roles(other))[0];
  }

  private get isOpen(): boolean {
    return this.options.plan.people === undefined;
  }

  /** Remembers when something is to be done, so that time goes on to then. */
  private isDue(key: string, when: number, now: number): boolean {
    const at = this.due.get(key) ?? when;
    this.due.set(key, at);
    if (at > now) this.options.foreseen.instants.add(at);
    return at <= now;
  }

  private async say(name: string, message: object): Promise<void> {
    const { code, reason } = await this.options.say(name, message);
    if (code !== 'ACCEPTED')
      throw new Error(`the phase answered "${name}" ${JSON.stringify(message)}: ${code}, ${reason}`);
  }
}

/** True when the criterion lacks an approval that its checks cannot replace: in a rehearsal they pass. */
function isForPeople({ approval, needs, checks }: UnmetCriterion): boolean {
  const isWaiting = checks.some(({ state }) => state === 'waiting');
  return approval !== 'no' && approval !== 'or' && needs !== '' && !isWaiting;
}

function whyUnmet({ number, text, needs, excluded, checks }: UnmetCriterion): string {
  const barred = excluded.filter(({ by }) => !isStandIn(by)).map(({ by, why }) => `${by} ${why}`);
  const lacking = checks.filter(({ state }) => state !== 'passed').map(({ kind, reason = '' }) => `${kind}: ${reason}`);
  const lacks = needs === '' ? lacking.join(', ') : `nobody is left who may approve as ${needs}`;
  return `criterion ${String(number)} (${text}): ${lacks}${barred.length === 0 ? '' : `; ${barred.join(', ')}`}`;
}
