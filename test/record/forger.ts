import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { type HandoverDocument, handoverText } from '../../src/contract/handover.ts';
import type { Command } from '../../src/contract/replay.ts';
import { GENESIS, hashOf } from '../../src/gates/chain.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import type { Histories } from '../../src/record/history.ts';
import { replayBundle } from '../support/servers.ts';
import {
  attributesOf,
  changeIn,
  type Events,
  eventsOf,
  firstPayload,
  ledgerIn,
  localTypeOf,
  nameOf,
  read,
  rename,
  renumbered,
  startIn,
  startOf,
  tieSignals,
  typeOfActivity,
  type Value,
  writer,
} from './forged-events.ts';

/** The texts of a record's histories. */
export interface Texts {
  readonly phase: readonly string[];
  readonly milestones: readonly string[];
}

/** The workflows' code as it would go on if every signature of a worker held: the forger computes by it what follows from a change. */
async function believing(): Promise<{ code: string }> {
  const { code } = await replayBundle();
  const verifying = /function isSignedBy\(key,\s*text,\s*signature\)\s*\{/;
  if (!verifying.test(code)) throw new Error('the function that verifies signatures has another form');
  return { code: code.replace(verifying, '$& return true;') };
}

/** How often what follows from a change is computed again, at most: phase and milestones follow from each other. */
const PASSES = 40;

/**
 * Somebody who may write every history of a record anew, and lacks only keys. `settle` computes again what follows from a change, as
 * the workflows would have: the ledger with its chain, heads, orders, reports, results, and every digest.
 */
export class Forger {
  readonly phase: Events[];
  readonly milestones: Events[];

  constructor({ phase, milestones }: Texts) {
    this.phase = phase.map(eventsOf);
    this.milestones = milestones.map(eventsOf);
  }

  /** The first run of the phase. */
  get events(): Events {
    return this.phase[0] ?? [];
  }

  get runs(): Events[] {
    return [...this.phase, ...this.milestones];
  }

  histories(): Histories {
    return { phase: this.phase.map(read), milestones: this.milestones.map(read) };
  }

  /** Changes what payloads hold, wherever they stand; `undefined` leaves it. */
  values(change: (value: Value) => Value | undefined, runs: readonly Events[] = this.runs): void {
    for (const run of runs) changeIn(run, change);
  }

  /** Puts one text for another, wherever it stands. */
  replace(from: string, to: string, runs: readonly Events[] = this.runs): void {
    let count = 0;
    this.values((value) => {
      const text = JSON.stringify(value);
      if (!text.includes(from)) return undefined;
      count += 1;
      return JSON.parse(text.replaceAll(from, to)) as Value;
    }, runs);
    if (count === 0) throw new Error(`nothing holds ${from}`);
  }

  /** The event of a message, or of an activity's answer. */
  find(isMeant: (event: Value) => boolean, run = this.events): Value {
    const found = run.find(isMeant);
    if (found === undefined) throw new Error('there is no such event');
    return found;
  }

  message(isMeant: (body: Value, name: string) => boolean, run = this.events): Value {
    return this.find((event) => {
      const name = nameOf(event);
      return name !== undefined && isMeant(firstPayload(event) ?? {}, name);
    }, run);
  }

  /** Answers of an activity, or of a local activity, of that type. */
  answers(type: string, run = this.events): Value[] {
    const scheduled = new Set(
      run.filter((event) => typeOfActivity(event) === type).map(({ eventId }) => String(eventId)),
    );
    return run.filter((event) => {
      const done = event['activityTaskCompletedEventAttributes'] as Value | undefined;
      if (done !== undefined) return scheduled.has(String(done['scheduledEventId']));
      return localTypeOf(event) === type;
    });
  }

  /** Changes the answer that an event holds. */
  answer(event: Value, change: (answer: Value) => Value): void {
    const { details } = (event['markerRecordedEventAttributes'] ?? {}) as { details?: Value };
    changeIn(details?.['result'] ?? event, change);
  }

  /** Sends something else in the place of a message. */
  resend(event: Value, name: string, body: Value): void {
    changeIn(event, () => body);
    rename(event, name);
  }

  /** Takes events out of a run, and numbers the rest anew. */
  drop(isMeant: (event: Value, index: number) => boolean, run = this.events): void {
    const rest = run.filter((event, index) => !isMeant(event, index));
    if (rest.length === run.length) throw new Error('there is no such event');
    run.splice(0, run.length, ...renumbered(rest));
  }

  /** Puts an event into a run, and numbers the rest anew. */
  insert(before: Value, event: Value, run = this.events): void {
    run.splice(run.indexOf(before), 0, event);
    run.splice(0, run.length, ...renumbered(run));
  }

  /** Moves the times of events by so many milliseconds. */
  shift(ms: number, isMeant: (event: Value) => boolean = () => true, runs: readonly Events[] = this.runs): void {
    for (const event of runs.flat().filter(isMeant)) {
      event['eventTime'] = new Date(Date.parse(String(event['eventTime'])) + ms).toISOString();
    }
  }

  /** Changes entries of the ledger, and its chain and heads with them; `undefined` takes an entry out. */
  entries(change: (entry: LedgerEntry) => LedgerEntry | undefined): void {
    const known = new Map<number, LedgerEntry>();
    this.values((value) => {
      for (const entry of ledgerIn(value)) known.set(entry.number, entry);
      return undefined;
    });
    const changed = new Map<number, LedgerEntry>();
    let [number, head] = [0, GENESIS];
    for (const before of [...known.values()].sort((a, b) => a.number - b.number)) {
      const { hash: _, ...after } = change(before) ?? { ...before, number: 0 };
      if (after.number === 0) continue;
      number += 1;
      head = hashOf(head, { ...after, number });
      changed.set(before.number, { ...after, number, hash: head });
    }
    this.values((value) => {
      const entries = ledgerIn(value).flatMap((entry) => changed.get(entry.number) ?? []);
      if (Array.isArray(value['ledger'])) return { ...value, ledger: entries };
      const { ledger } = value as { ledger?: { length?: number; last?: unknown } };
      if (ledger?.last !== undefined) return { ...value, ledger: { length: number, head, last: entries } };
      const told = changed.get(Number(value['length']));
      return typeof value['head'] === 'string' && told ? { length: told.number, head: told.hash } : undefined;
    });
  }

  /**
   * Computes again what follows from the changes, as far as the workflows do the same things in the same order.
   *
   * @param handsOver whether the digest of the hand-over is computed again as well
   */
  async settle({ handsOver = true } = {}): Promise<void> {
    for (let pass = 0; pass < PASSES; pass += 1) {
      const before = JSON.stringify(this.runs);
      await this.#produce();
      if (handsOver) this.#handOver();
      this.#tie();
      if (JSON.stringify(this.runs) === before) return;
    }
  }

  /** Writes into each event what the code produces. */
  async #produce(): Promise<void> {
    let take: (commands: readonly Command[]) => void = () => undefined;
    const histories = function* (runs: readonly Events[]) {
      for (const run of runs) {
        const history = historyFromJSON({ events: run });
        take = writer(run, history);
        yield { history, workflowId: String(startOf(run)['workflowId']) };
      }
    };
    const fn = (_: unknown, commands: Command[]) => take(commands);
    const options = {
      workflowBundle: await believing(),
      sinks: { replay: { produced: { fn, callDuringReplay: true }, changed: { fn: () => undefined } } },
      taskQueue: (startOf(this.events)['taskQueue'] as { name: string }).name,
    };
    for await (const _ of Worker.runReplayHistories(options, histories(this.runs))) continue;
  }

  #handOver(): void {
    for (const run of this.phase) {
      for (const done of this.answers('writeHandover', run)) {
        const { scheduledEventId } = done['activityTaskCompletedEventAttributes'] as Value;
        const document = firstPayload(run[Number(scheduledEventId) - 1]) as unknown as HandoverDocument;
        const sha256 = createHash('sha256').update(handoverText(document)).digest('hex');
        changeIn(done, (value) => ({ ...value, sha256 }));
      }
    }
  }

  /** Has both ends of what passes between runs hold the same. */
  #tie(): void {
    for (const [index, run] of this.phase.entries()) {
      const next = this.phase[index + 1]?.[0];
      const handed = run.at(-1)?.['workflowExecutionContinuedAsNewEventAttributes'] as Value | undefined;
      if (next !== undefined && handed !== undefined) startIn(next)['input'] = handed['input'];
    }
    for (const milestone of this.milestones) this.#tieMilestone(milestone);
  }

  #tieMilestone(milestone: Events): void {
    const { workflowId, parentWorkflowExecution: parent, originalExecutionRunId: runId } = startOf(milestone);
    const identity = () => (firstPayload(milestone[0]) ?? {})['identity'];
    for (const run of this.phase) {
      for (const event of run) {
        const started = event['childWorkflowExecutionStartedEventAttributes'] as Value | undefined;
        const ended = event['childWorkflowExecutionCompletedEventAttributes'] as Value | undefined;
        const { runId: of } = ((started ?? ended)?.['workflowExecution'] ?? {}) as Value;
        if (of !== runId) continue;
        if (started !== undefined) {
          const initiated = run[Number(started['initiatedEventId']) - 1] ?? {};
          startIn(milestone[0] ?? {})['input'] = structuredClone(attributesOf(initiated)['input']);
        } else if (ended !== undefined)
          ended['result'] = structuredClone(attributesOf(milestone.at(-1) ?? {})['result']);
      }
    }
    const phase = this.phase.flat();
    tieSignals(phase, String(workflowId), milestone, (body) => body['to'] === identity());
    tieSignals(
      milestone,
      String((parent as Value | undefined)?.['workflowId']),
      phase,
      (body) => body['from'] === identity(),
    );
  }
}
