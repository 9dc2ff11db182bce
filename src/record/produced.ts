import type { temporal } from '@temporalio/proto';
import type { AdoptionRequest, RoundOpening, VerifyRequest } from '../contract/activities.ts';
import type { Command } from '../contract/replay.ts';
import { digestOf } from '../base/digest.ts';
import { unsealed } from '../contract/seal.ts';
import type { Proof } from '../gates/events.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import { numberOf } from './comparison.ts';
import { millisecondsOf, RECORDING, valuesOf } from './said.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

export const ADOPTING = 'adoptMilestone';

/** What an activity answered that verified a signature. */
export type RecordedProof = Proof & { readonly key?: VerifyingKey; readonly method?: 'key' | 'oidc' };

/** A signed message: what the workflow has asked about it, and what it was told. */
export interface VerifiedMessage {
  readonly event: number;
  /** When the server took the answer, in epoch milliseconds. */
  readonly time: number;
  readonly request: VerifyRequest;
  /** Absent where the activity failed: then the message has not counted. */
  readonly proof: RecordedProof | undefined;
}

/** A round, as the workflow was told of it. */
export interface Opening {
  readonly event: number;
  readonly opening: RoundOpening;
}

/** A Signal to another workflow. */
export interface Sent {
  readonly event: number;
  readonly to: string;
  readonly name: string;
  readonly body: unknown;
  /** Of what was sent. */
  readonly digest: string;
}

/** The phase has looked for a milestone that an earlier run of it had started. */
export interface Adoption {
  readonly event: number;
  /** Of the milestone's run. */
  readonly identity: string;
  /** Absent where an activity has looked: then the history holds the answer in another event. */
  readonly answer: { readonly state?: string; readonly result?: unknown } | undefined;
}

/** What the code of one run has produced, where something else has to be compared with it. */
export class Produced {
  /** Entries of the ledger that stand in the history, by their numbers. */
  readonly entries = new Map<number, LedgerEntry>();
  readonly proofs: VerifiedMessage[] = [];
  readonly openings: Opening[] = [];
  readonly sent: Sent[] = [];
  readonly adoptions: Adoption[] = [];
  /** How long the ledger was when its head was last written into the memo. */
  told = 0;

  /** @param event which holds what the command says */
  take(command: Command, event: Event): void {
    const { scheduleLocalActivity: local, signalExternalWorkflowExecution: signal } = command;
    if (local) this.takeLocal(local, event);
    else if (command.scheduleActivity?.activityType === ADOPTING) {
      const [request] = valuesOf(command.scheduleActivity.arguments) as [AdoptionRequest];
      this.adoptions.push({ event: numberOf(event), identity: request.identity, answer: undefined });
    }
    if (signal) {
      const to = signal.workflowExecution?.workflowId ?? signal.childWorkflowId ?? '';
      const [body] = valuesOf(signal.args);
      this.sent.push({ event: numberOf(event), to, name: signal.signalName ?? '', body, digest: digestOf(body) });
    } else if (command.modifyWorkflowProperties) {
      const [memo] = valuesOf(Object.values(command.modifyWorkflowProperties.upsertedMemo?.fields ?? {}));
      this.told = (memo as { length: number }).length;
    } else if (command.completeWorkflowExecution) {
      const { result } = command.completeWorkflowExecution;
      const [answer] = valuesOf(result ? [result] : []) as [{ ledger?: { last?: readonly LedgerEntry[] } }?];
      this.takeEntries(answer?.ledger?.last ?? []);
    }
  }

  private takeLocal(
    { activityType, arguments: given }: NonNullable<Command['scheduleLocalActivity']>,
    event: Event,
  ): void {
    const [request] = valuesOf(given);
    const answer = event.markerRecordedEventAttributes?.details?.['result']?.payloads;
    const result = unsealed(valuesOf(answer)[0]);
    const at = { event: numberOf(event), time: millisecondsOf(event.eventTime) };
    if (activityType === 'verifyDecision') {
      this.proofs.push({ ...at, request: request as VerifyRequest, proof: result as RecordedProof | undefined });
    }
    if (activityType === ADOPTING) {
      const { identity } = request as AdoptionRequest;
      this.adoptions.push({ event: at.event, identity, answer: result ?? {} });
    }
    // What a failed activity was given is recorded again.
    if (!answer || !RECORDING.includes(activityType ?? '')) return;
    this.takeEntries((request as { ledger: readonly LedgerEntry[] }).ledger);
    if (activityType === 'openRound') this.openings.push({ event: at.event, opening: result as RoundOpening });
  }

  private takeEntries(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) this.entries.set(entry.number, entry);
  }
}
