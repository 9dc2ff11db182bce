import { createHash } from 'node:crypto';
import { GENESIS, hashOf, roundDigest, startDigests } from '../../src/gates/chain.ts';
import { digestOf } from '../../src/base/digest.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { type HandoverDocument, handoverText } from '../../src/contract/handover.ts';
import { readHistory, type RunEvents } from '../../src/record/history.ts';

export type Value = { [key: string]: unknown };
type Entry = Omit<LedgerEntry, 'hash'>;

/** A history that somebody writes anew, with all that can be recomputed without a key. */
export class Forger {
  events: Value[];
  entries: Entry[];
  /** Whether the ledger's last entry is made to name the hand-over as it is then. */
  tiesHandover = true;

  constructor(text: string) {
    this.events = (JSON.parse(text) as { events: Value[] }).events;
    const known = new Map<number, Entry>();
    this.values((value) => {
      for (const { hash: _, ...entry } of ledgerIn(value)) known.set(entry.number, entry);
      return undefined;
    });
    this.entries = [...known.values()].sort((a, b) => a.number - b.number);
  }

  /** Changes what payloads hold, wherever they stand; `undefined` leaves it. */
  values(change: (value: Value) => Value | undefined): void {
    changeIn(this.events, change);
  }

  /** Puts one text for another, wherever it stands. */
  replace(from: string, to: string): void {
    this.values((value) => {
      const text = JSON.stringify(value);
      return text.includes(from) ? (JSON.parse(text.replaceAll(from, to)) as Value) : undefined;
    });
    this.entries = JSON.parse(JSON.stringify(this.entries).replaceAll(from, to)) as Entry[];
  }

  entry(isMeant: (entry: Entry) => boolean): Entry {
    const found = this.entries.find(isMeant);
    if (found === undefined) throw new Error('there is no such entry');
    return found;
  }

  change(entry: Entry, change: { readonly [key in keyof Entry]?: Entry[key] | undefined }): void {
    const changed = Object.fromEntries(Object.entries({ ...entry, ...change }).filter(([, one]) => one !== undefined));
    this.entries = this.entries.map((one) => (one === entry ? (changed as unknown as Entry) : one));
  }

  /** Moves all events and entries by so many milliseconds. */
  shift(ms: number): void {
    this.events = this.events.map((event) => {
      const at = Date.parse(String(event['eventTime']));
      return { ...event, eventTime: new Date(at + ms).toISOString() };
    });
    this.entries = this.entries.map((entry) => ({ ...entry, at: entry.at + ms }));
  }

  drop(...dropped: Entry[]): void {
    this.entries = this.entries.filter((one) => !dropped.includes(one));
  }

  /** Takes a message out of the history, and numbers its events anew. */
  dropMessage(isMeant: (body: Value) => boolean): void {
    const at = this.events.findIndex((event) => {
      const body = bodyOf(event);
      return body !== undefined && isMeant(body);
    });
    if (at < 0) throw new Error('there is no such message');
    this.events = renumbered(this.events.toSpliced(at, 1));
  }

  /** Puts another message in the place of one, and its entry in the place of that one's. */
  exchange(entry: Entry, name: string, body: Value, change: Parameters<Forger['change']>[1]): void {
    let done = false;
    for (const event of this.events) {
      const input = inputOf(event);
      if (done || input === undefined || digestOf([input.name, bodyOf(event)]) !== entry.message) continue;
      changeIn(event, () => body);
      input.rename(name);
      done = true;
    }
    if (!done) throw new Error('there is no such message');
    this.change(entry, { what: name, message: digestOf([name, body]), ...change });
  }

  /** What the signatures were found to be. */
  proofs(change: (proof: Value) => Value): void {
    this.values((value) => (value['ok'] === true && value['claims'] !== undefined ? change(value) : undefined));
  }

  /** The history with its ledger in one chain again, and every head and digest to match. */
  text(): string {
    const heads = new Map<number, { length: number; head: string }>();
    let head = GENESIS;
    const chained = this.entries.map((entry, index) => {
      const tied = this.tiesHandover && entry.what === 'ended' ? this.#handedOver(entry, heads) : this.#rested(entry);
      const { number, ...rest } = tied;
      head = hashOf(head, { number: index + 1, ...rest });
      heads.set(number, { length: index + 1, head });
      return { number: index + 1, ...rest, hash: head };
    });
    const count = this.#count((value) => ledgerIn(value).length > 0);
    let seen = 0;
    this.values((value) => {
      if (ledgerIn(value).length > 0) {
        seen += 1;
        const entries = seen === count ? chained : [];
        if (Array.isArray(value['ledger'])) return { ...value, ledger: entries };
        return { ...value, ledger: { length: chained.length, head, last: entries } };
      }
      if (value['provides'] !== undefined && this.tiesHandover) return undefined;
      if (isHead(value)) return heads.get(value.length) ?? { length: chained.length, head };
      const inner = value['ledger'];
      return isHead(inner)
        ? { ...value, ledger: heads.get(inner.length) ?? { length: chained.length, head } }
        : undefined;
    });
    return JSON.stringify({ events: this.events });
  }

  runs(): { phase: RunEvents[]; milestones: RunEvents[] } {
    const read = readHistory(this.text());
    if ('problem' in read) throw new Error(read.problem);
    return { phase: [read.events], milestones: [] };
  }

  /** The hand-over holds a head, so that its digest follows from the chain before it. */
  #handedOver(entry: Entry, heads: ReadonlyMap<number, Value>): Entry {
    let sha256 = '';
    this.values((value) => {
      const { provides, ledger } = value;
      if (provides === undefined || !isHead(ledger)) return undefined;
      const document = { ...value, ledger: heads.get(ledger.length) };
      sha256 = createHash('sha256')
        .update(handoverText(document as unknown as HandoverDocument))
        .digest('hex');
      return document;
    });
    this.nameHandover(sha256);
    return { ...entry, basedOn: { handover: sha256 } };
  }

  /** Puts another digest wherever the history tells that of the hand-over, but for the ledger. */
  nameHandover(sha256: string): void {
    this.values((value) => {
      if (value['where'] !== undefined && value['sha256'] !== undefined) return { ...value, sha256 };
      const { handover } = value as { handover?: Value };
      return handover?.['sha256'] === undefined ? undefined : { ...value, handover: { ...handover, sha256 } };
    });
  }

  #rested(entry: Entry): Entry {
    let compiled: unknown;
    let opening: Value | undefined;
    let listed: unknown;
    this.values((value) => {
      if (value['plan'] !== undefined && 'findings' in value) compiled = value;
      if (value['nonce'] !== undefined && value['nonce'] === entry.nonce) opening ??= value;
      if (value['ok'] === true && (value['claims'] as Value | undefined)?.['jti'] === entry.id)
        listed = value['listed'];
      return undefined;
    });
    const input = firstPayload(this.events[0]);
    if (entry.what === 'started') return { ...entry, basedOn: startDigests({ compiled, input, handover: null }) };
    if (entry.what === 'opened' && opening !== undefined) {
      return { ...entry, basedOn: { round: roundDigest(opening as { ledger: unknown }) } };
    }
    return entry.trust === 'signed' && listed !== undefined
      ? { ...entry, basedOn: { listed: digestOf(listed) } }
      : entry;
  }

  #count(isMeant: (value: Value) => boolean): number {
    let count = 0;
    this.values((value) => {
      if (isMeant(value)) count += 1;
      return undefined;
    });
    return count;
  }
}

interface Input {
  readonly name: string;
  rename(name: string): void;
}

function inputOf(event: Value): Input | undefined {
  const signal = event['workflowExecutionSignaledEventAttributes'] as Value | undefined;
  if (signal !== undefined) return named(signal, 'signalName');
  const accepted = event['workflowExecutionUpdateAcceptedEventAttributes'] as { acceptedRequest?: { input: Value } };
  const input = accepted?.acceptedRequest?.input;
  return input === undefined ? undefined : named(input, 'name');
}

function named(holder: Value, key: string): Input {
  return {
    name: String(holder[key]),
    rename: (name) => {
      holder[key] = name;
    },
  };
}

function bodyOf(event: Value): Value | undefined {
  return inputOf(event) === undefined ? undefined : firstPayload(event);
}

function firstPayload(event: Value | undefined): Value | undefined {
  let found: Value | undefined;
  changeIn(event, (value) => {
    found ??= value;
    return undefined;
  });
  return found;
}

function changeIn(node: unknown, change: (value: Value) => Value | undefined): void {
  if (typeof node !== 'object' || node === null) return;
  const { data, metadata } = node as Value;
  if (typeof data !== 'string' || metadata === undefined) {
    for (const inner of Object.values(node)) changeIn(inner, change);
    return;
  }
  const text = Buffer.from(data, 'base64').toString();
  if (!text.startsWith('{')) return;
  const changed = change(JSON.parse(text) as Value);
  if (changed !== undefined) (node as Value)['data'] = Buffer.from(JSON.stringify(changed)).toString('base64');
}

/** In what a local activity has recorded, or in the phase's result. */
function ledgerIn(value: Value): LedgerEntry[] {
  const { ledger, at } = value;
  if (Array.isArray(ledger)) return typeof at === 'number' ? (ledger as LedgerEntry[]) : [];
  const { last } = (ledger ?? {}) as { last?: LedgerEntry[] };
  return last ?? [];
}

function isHead(value: unknown): value is { length: number; head: string } {
  const { length, head } = (value ?? {}) as Value;
  return typeof length === 'number' && typeof head === 'string';
}

/** Events are counted from 1, and name each other by their numbers. */
export function renumbered(events: readonly Value[]): Value[] {
  const numbers = new Map(events.map(({ eventId }, index) => [String(eventId), String(index + 1)]));
  const isName = (key: string) => key === 'eventId' || key.endsWith('EventId');
  return JSON.parse(
    JSON.stringify(events, (key, value: unknown) => (isName(key) ? (numbers.get(String(value)) ?? value) : value)),
  ) as Value[];
}
