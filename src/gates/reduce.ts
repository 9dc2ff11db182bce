import { type JsonObject, own } from '../base/json.ts';
import type { TaskRef } from '../plan/gate-model.ts';
import { GENESIS } from './chain.ts';
import { Draft } from './draft.ts';
import type { GatesEvent, InitialState, Reduce } from './events.ts';
import type { Verdict } from './ledger.ts';
import { answer, seenKey } from './messages/answer.ts';
import type { Envelope } from './messages/envelope.ts';
import { readableParts, readMessage } from './messages/shape.ts';
import { carriesProof, type Known, readSigned } from './messages/signed.ts';
import type { GatesState } from './model.ts';
import { stampCriteria } from './rules/criteria.ts';
import type { BoardSection, MessageKind, Slice, TaskRound } from './slice.ts';

/** The slices of a phase as one. */
export interface Combined {
  /** Every message that people send to a phase. */
  readonly messages: { readonly [name: string]: MessageKind };
  /** The state before anything has happened: every gate pending, every task as the caller says, an empty ledger. */
  readonly initialState: InitialState;
  /** Applies one event to the slices and the ledger. Total: whatever a message holds, it gets one entry and one verdict. */
  readonly reduce: Reduce;
  /** Next instant, in epoch milliseconds, at which time alone changes something; `undefined` when there is none. */
  readonly nextTick: (state: GatesState) => number | undefined;
  /** The slices' sections of the phase's board. */
  readonly boardSections: (state: GatesState) => BoardSection[];
  /** Checks that are answered by what the phase knows, by kind. */
  readonly stateChecks: { readonly [kind: string]: NonNullable<Slice['checks']>[string] };
  /** Names of messages that are judged by what steps have told. */
  readonly judgedByFacts: ReadonlySet<string>;
  /** What slices hand over when the phase completes, by their names. */
  readonly handedOver: (state: GatesState) => { readonly [slice: string]: JsonObject };
  /** What is next for a task that is carried out in rounds; `undefined` when nothing is now, or the task has no rounds. */
  readonly roundOf: (state: GatesState, task: TaskRef) => TaskRound | undefined;
}

/**
 * Makes one reducer of all slices.
 *
 * @throws TypeError when two slices have a name or a message in common
 */
export function combine(slices: readonly Slice[]): Combined {
  const messages = unique(slices.flatMap((slice) => Object.entries(slice.messages)));
  const stateChecks = unique(slices.flatMap(({ checks = {} }) => Object.entries(checks)));
  unique(slices.map((slice): [string, unknown] => [slice.name, slice]));
  return {
    messages,
    initialState: ({ gates, tasks, people, operators, starter, plan }) => ({
      people: people ?? null,
      operators: operators ?? null,
      starter,
      gates: Object.fromEntries(gates.map((gate) => [gate.id, { gate, state: 'pending', round: 0, criteria: {} }])),
      desk: {},
      tasks,
      progress: {},
      slices: Object.fromEntries(
        slices.flatMap(({ name, initial, begin }) => {
          const state = plan !== undefined && begin !== undefined ? begin(plan) : initial;
          return state === undefined ? [] : [[name, state] as const];
        }),
      ),
      seen: [],
      ledger: { length: 0, head: GENESIS, recorded: 0, recent: [] },
    }),
    reduce: (state, event, at, options = {}) => {
      const draft = new Draft(state, at, options.recentEntries);
      const verdict = event.type === 'message' ? judge(draft, messages, event) : undefined;
      applyOwn(draft, event);
      for (const slice of slices) slice.reduce?.(draft, event);
      stampCriteria(draft, state);
      return { state: draft.state, effects: draft.effects, verdict };
    },
    nextTick: (state) => {
      if (state.over === true) return undefined;
      const times = slices.flatMap((slice) => slice.due?.(state) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    boardSections: (state) => slices.flatMap((slice) => slice.board?.(state) ?? []),
    stateChecks,
    judgedByFacts: new Set(
      slices.flatMap(({ messages: own, judgesByFacts }) => (judgesByFacts === true ? Object.keys(own) : [])),
    ),
    handedOver: (state) =>
      Object.fromEntries(
        slices.flatMap(({ name, handover }) => {
          const given = handover?.(state);
          return given === undefined ? [] : [[name, given] as const];
        }),
      ),
    roundOf: (state, task) => {
      const rounds = own(state.tasks, task)?.rounds;
      if (rounds?.done === undefined) return undefined;
      return slices.find(({ name }) => name === rounds.slice)?.round?.(state, task);
    },
  };
}

function unique<T>(entries: readonly (readonly [string, T])[]): { readonly [name: string]: T } {
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`two slices have "${twice}"`);
  return Object.fromEntries(entries);
}

/** Events of the phase as a whole. */
function applyOwn(draft: Draft, event: GatesEvent): void {
  if (event.type === 'people') {
    draft.state = { ...draft.state, people: event.people, operators: event.operators };
  } else if (event.type === 'recorded') {
    draft.state = { ...draft.state, ledger: { ...draft.state.ledger, recorded: event.upTo } };
  } else if (event.type === 'note') {
    note(draft, event);
  } else if (event.type === 'over') {
    draft.state = { ...draft.state, over: true, desk: {} };
    note(draft, { what: 'ended', reason: event.reason, basedOn: event.basedOn });
  }
}

function judge(
  draft: Draft,
  kinds: Combined['messages'],
  { name, body, proof }: GatesEvent & { type: 'message' },
): Verdict {
  if (!carriesProof(body)) return judgeMessage(draft, kinds, name, { body, message: body });
  const signed = readSigned(draft, name, body, proof);
  return 'verdict' in signed ? signed.verdict : judgeMessage(draft, kinds, name, { body, ...signed });
}

/** `body` is the message as it came, `message` its content once a signature has been taken off. */
function judgeMessage(
  draft: Draft,
  kinds: Combined['messages'],
  name: string,
  { body, message, known = {} }: { body: unknown; message: unknown; known?: Known },
): Verdict {
  const reading = readMessage(kinds, name, message);
  if ('code' in reading) {
    return answer(draft, { name, body, ...readableParts(message) }, reading.code, reading.reason);
  }
  const { by, id, note: said, evidence, gate, task, on } = reading.message;
  const envelope: Envelope = { name, body, by, ...known, id, note: said, evidence, gate, task, on };
  const first = id === undefined ? undefined : judgedBefore(draft, seenKey(by, id));
  if (first !== undefined) {
    return answer(draft, envelope, 'DUPLICATE', `message ${String(id)} was judged before, in entry ${String(first)}`);
  }
  if (isSpent(draft, envelope))
    return answer(draft, envelope, 'DUPLICATE', 'this signed message has counted in this round');
  if (draft.state.over === true) return answer(draft, envelope, 'LATE', 'the phase is over');
  return reading.kind.judge(draft, reading.message, envelope);
}

/** Number of the entry of a message with this key. */
function judgedBefore({ state }: Draft, key: string): number | undefined {
  return state.seen.find((message) => message.key === key)?.entry;
}

/** Ids of unsigned messages are forgotten after a thousand others; a signature would be worth something again. */
function isSpent(draft: Draft, { trust, id, gate }: Envelope): boolean {
  if (trust !== 'signed' || id === undefined || gate === undefined) return false;
  return draft.gate(gate)?.spent?.includes(id) === true;
}

function note(
  draft: Draft,
  { what, on, by, reason, evidence, basedOn, code = 'ACCEPTED' }: Omit<GatesEvent & { type: 'note' }, 'type'>,
): void {
  draft.record({ what, trust: 'phase', code, reason, on, by, evidence, basedOn });
}
