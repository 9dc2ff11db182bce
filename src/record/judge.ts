import { reduce } from '../activities/slices.ts';
import { approval, decide } from '../gates/messages/decide.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { taskMessages } from '../gates/messages/tasks.ts';
import type { EarlyApproval, GatesState, TaskMessageName } from '../gates/model.ts';
import { Draft } from '../gates/draft.ts';
import type { RecordedMessage, RecordedProof } from './recording.ts';

/** What the gates make of a message when they are asked again. */
export interface Judged {
  readonly state: GatesState;
  readonly entry: LedgerEntry;
}

/**
 * Has the gates' own reducer judge a message once more. What they were told of the evidence and of a task's progress is not in
 * the ledger: a subject is left aside, and a task taken to wait for what the message says of it.
 */
export function judgeAgain(
  state: GatesState,
  { at, trust, what }: LedgerEntry,
  { name, body }: Pick<RecordedMessage, 'name' | 'body'>,
  proof: RecordedProof | undefined,
): Judged {
  const keepsSubject = state.gates[gateOf(body, proof)]?.state === 'pending';
  const known = trust === 'signed' && proof?.ok === true ? proof : undefined;
  const event = {
    type: 'message',
    name,
    body: keepsSubject ? body : withoutSubject(body),
    ...(known === undefined
      ? {}
      : { proof: keepsSubject ? known : { ...known, claims: withoutSubject(known.claims) } }),
  } as const;
  const after = reduce(waiting(state, what, body), event, at).state;
  return { state: after, entry: firstNew(state, after) };
}

/** Has a pre-approval judged as its gate opens. */
export function judgeEarly(state: GatesState, { at }: LedgerEntry, { message, trust }: EarlyApproval): Judged {
  const draft = new Draft(state, at);
  const { by, gate } = message;
  const envelope = { name: 'pre-approval', body: message, by, gate, ...(trust === undefined ? {} : { trust }) };
  decide(draft, approval, withoutSubject(message), envelope);
  return { state: draft.state, entry: firstNew(state, draft.state) };
}

/** Why an entry does not say what the gates would have made of its message; `undefined` where it does. */
export function differs(said: LedgerEntry, found: LedgerEntry): string | undefined {
  const told = `${said.what} by ${said.by ?? 'nobody'}`;
  if (said.code !== found.code) return `${told} is entered as ${said.code}, and was ${found.code}: ${found.reason}`;
  for (const key of ['what', 'by', 'trust', 'on', 'round', 'id', 'key', 'criteria'] as const) {
    if (JSON.stringify(said[key]) !== JSON.stringify(found[key])) {
      return `${told} is entered with ${key} ${inWords(said[key])}, and its message says ${inWords(found[key])}`;
    }
  }
  return undefined;
}

function inWords(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** A message has one entry, before whatever follows from it. */
function firstNew({ ledger: { length } }: GatesState, { ledger: { recent } }: GatesState): LedgerEntry {
  const entry = recent.find(({ number }) => number === length + 1);
  if (entry === undefined) throw new TypeError('the reducer gives every message an entry');
  return entry;
}

function gateOf(body: unknown, proof: RecordedProof | undefined): string {
  if (proof?.ok === true) return proof.claims.gate;
  const { gate } = (body ?? {}) as { gate?: unknown };
  return typeof gate === 'string' ? gate : '';
}

function withoutSubject<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { subject: _unknown, ...rest } = value as T & { subject?: unknown };
  return rest as T;
}

function waiting(state: GatesState, what: string, body: unknown): GatesState {
  const { task: ref } = (body ?? {}) as { task?: unknown };
  const isTaskMessage = Object.hasOwn(taskMessages, what);
  if (!isTaskMessage || typeof ref !== 'string' || !Object.hasOwn(state.tasks, ref)) return state;
  const task = state.tasks[ref];
  if (task === undefined) return state;
  const waits = asked[what as TaskMessageName];
  const item = { task: ref, title: '', waits, agents: [], since: 0 };
  return { ...state, tasks: { ...state.tasks, [ref]: { ...task, state: 'pending' } }, desk: { [ref]: item } };
}

const asked = {
  complete: 'complete',
  progress: 'complete',
  input: 'input',
  retry: 'blocked',
  skip: 'blocked',
} as const;
