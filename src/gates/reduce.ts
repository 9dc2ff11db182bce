import { tick } from './agenda.ts';
import { GENESIS } from './chain.ts';
import { takeCheck } from './checks.ts';
import type { GatesEvent, InitialState, Proof, Reduce } from './events.ts';
import type { Verdict } from './ledger.ts';
import { answer, type Letter, seenKey } from './messages/answer.ts';
import { admitEarly, decide } from './messages/decide.ts';
import { judgeHold } from './messages/hold.ts';
import { readableParts, readMessage } from './messages/shape.ts';
import { carriesProof, type Known, readSigned } from './messages/signed.ts';
import { judgeTaskMessage } from './messages/tasks.ts';
import type { DecisionMessage, HoldMessage, TaskMessage } from './model.ts';
import { forgetProgress } from './progress.ts';
import { askChanges, clearBeforehand, closeGate, openRound } from './rounds.ts';
import { stampCriteria } from './rules/criteria.ts';
import { addWindows } from './rules/window.ts';
import { own, Turn } from './turn.ts';

/** Applies one event to the gates, the desk and the ledger. Total: whatever a message holds, it gets one entry and one verdict. */
export const reduce: Reduce = (state, event, at, options = {}) => {
  const turn = new Turn(state, at, options.recentEntries);
  const verdict = apply(turn, event);
  stampCriteria(turn, state);
  return { state: turn.state, effects: turn.effects, ...(verdict === undefined ? {} : { verdict }) };
};

function apply(turn: Turn, event: GatesEvent): Verdict | undefined {
  switch (event.type) {
    case 'message':
      return judge(turn, event.name, event.body, event.proof);
    case 'people':
      turn.state = { ...turn.state, people: event.people, operators: event.operators };
      return undefined;
    case 'open':
      openRound(turn, event);
      admitEarly(turn, event.gate);
      return undefined;
    case 'windows':
      addWindows(turn, event);
      return undefined;
    case 'ask':
      askChanges(turn, event);
      return undefined;
    case 'close':
      closeGate(turn, event);
      return undefined;
    case 'beforehand':
      clearBeforehand(turn, event);
      return undefined;
    case 'check':
      takeCheck(turn, event);
      return undefined;
    case 'task':
      takeTask(turn, event);
      return undefined;
    case 'note':
      note(turn, event);
      return undefined;
    case 'tick':
      tick(turn);
      return undefined;
    case 'recorded':
      turn.state = { ...turn.state, ledger: { ...turn.state.ledger, recorded: event.upTo } };
      return undefined;
    case 'over':
      turn.state = { ...turn.state, over: true, desk: {} };
      turn.record({
        what: 'ended',
        trust: 'phase',
        code: 'ACCEPTED',
        reason: event.reason,
        ...(event.rests === undefined ? {} : { rests: event.rests }),
      });
      return undefined;
  }
}

function judge(turn: Turn, name: string, body: unknown, proof: Proof | undefined): Verdict {
  if (!carriesProof(body)) return judgeMessage(turn, name, { body, message: body });
  const signed = readSigned(turn, name, body, proof);
  return 'verdict' in signed ? signed.verdict : judgeMessage(turn, name, { body, ...signed });
}

/** `body` is what came, `message` what it says. */
function judgeMessage(
  turn: Turn,
  name: string,
  { body, message, known = {} }: { body: unknown; message: unknown; known?: Known },
): Verdict {
  const reading = readMessage(name, message);
  if (reading.kind === 'wrong') {
    return answer(turn, { name, body, ...readableParts(message) }, reading.code, reading.reason);
  }
  const { by, id, note: said, evidence } = reading.message;
  const letter: Letter = {
    name,
    body,
    by,
    ...known,
    ...(id === undefined ? {} : { id }),
    ...(said === undefined ? {} : { note: said }),
    ...(evidence === undefined ? {} : { evidence }),
    ...addressOf(reading.message),
  };
  const first = id === undefined ? undefined : judgedBefore(turn, seenKey(by, id));
  if (first !== undefined) {
    return answer(turn, letter, 'DUPLICATE', `message ${String(id)} was judged before, in entry ${String(first)}`);
  }
  if (isSpent(turn, letter)) return answer(turn, letter, 'DUPLICATE', 'this signed message has counted in this round');
  if (turn.state.over === true) return answer(turn, letter, 'LATE', 'the phase is over');
  if (reading.kind === 'hold') return judgeHold(turn, reading.name, reading.message, letter);
  return reading.kind === 'decision'
    ? decide(turn, reading.name, reading.message, letter)
    : judgeTaskMessage(turn, reading.name, reading.message, letter);
}

/** Number of the entry of a message with this key. */
function judgedBefore({ state }: Turn, key: string): number | undefined {
  return state.seen.find((message) => message.key === key)?.entry;
}

/** Ids of unsigned messages are forgotten after a thousand others; a signature would be worth something again. */
function isSpent(turn: Turn, { trust, id, gate }: Letter): boolean {
  if (trust !== 'signed' || id === undefined || gate === undefined) return false;
  return turn.gate(gate)?.spent?.includes(id) === true;
}

function addressOf(message: DecisionMessage | TaskMessage | HoldMessage): Pick<Letter, 'gate' | 'task' | 'on'> {
  if ('gate' in message) return { gate: message.gate };
  return 'task' in message ? { task: message.task } : { on: message.on };
}

/** Only what people care about goes into the ledger: that a task blocked, is overdue, was done, or was skipped. */
const recorded: ReadonlySet<string> = new Set(['blocked', 'done', 'skipped']);

function takeTask(turn: Turn, { task, state, desk, reason, results }: GatesEvent & { type: 'task' }): void {
  const before = turn.task(task)?.state;
  if (before === undefined) return;
  const wasOverdue = own(turn.state.desk, task)?.overdue === true;
  turn.setTask(task, state, desk, results === undefined ? {} : { results });
  if (state === 'done' || state === 'skipped') turn.state = forgetProgress(turn.state, task);
  if (desk?.overdue === true && !wasOverdue) {
    const due = desk.due === undefined ? 'its due date has passed' : `it was due ${new Date(desk.due).toISOString()}`;
    turn.record({ what: 'task overdue', trust: 'phase', on: task, code: 'ACCEPTED', reason: due });
    turn.effects.push({ type: 'notice', task, kind: 'overdue', reason: due });
  }
  if (!recorded.has(state) || before === state) return;
  turn.record({ what: `task ${state}`, trust: 'phase', on: task, code: 'ACCEPTED', reason: reason ?? state });
  if (state === 'blocked') turn.effects.push({ type: 'notice', task, kind: 'blocked', reason: reason ?? state });
}

function note(turn: Turn, event: GatesEvent & { type: 'note' }): void {
  const { what, on, by, reason, evidence, rests, code = 'ACCEPTED' } = event;
  turn.record({
    what,
    trust: 'phase',
    code,
    reason,
    ...(on === undefined ? {} : { on }),
    ...(by === undefined ? {} : { by }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(rests === undefined ? {} : { rests }),
  });
}

/** The state before anything has happened: every gate pending, every task as the caller says, an empty ledger. */
export const initialState: InitialState = ({ gates, tasks, people, operators, starter }) => ({
  people: people ?? null,
  operators: operators ?? null,
  ...(starter === undefined ? {} : { starter }),
  gates: Object.fromEntries(gates.map((gate) => [gate.id, { gate, state: 'pending', round: 0, criteria: {} }])),
  desk: {},
  tasks,
  progress: {},
  holds: {},
  seen: [],
  ledger: { length: 0, head: GENESIS, recorded: 0, recent: [] },
});
