/** What a phase knows of its standups, reviews and documents. Plain JSON: continue-as-new carries it. */
import type { GatesState, Progress } from '../../gates/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';

/** Key of this state among the slices. */
export const COMMUNICATION = 'communication';

/** What is kept: 250,000 bytes at most, and the tasks of the plan that are over. */
export const WORDS = 40;
export const DECISIONS = 60;
export const ASKED = 10;
export const UNDELIVERED = 10;

export type Occurring = 'standup' | 'review';

export interface CommunicationState {
  /** What the playbook asks for. */
  readonly has: {
    readonly standups: boolean;
    readonly reviews: boolean;
    /** Milestones at whose end there is a review; empty where the playbook has none there. */
    readonly milestones: readonly string[];
  };
  /** When the phase began, in epoch milliseconds; plan days are counted from it. */
  readonly began: number;
  /** When the last one on the calendar was due, in epoch milliseconds. */
  readonly last: { readonly [kind in Occurring]: number };
  /** Id of the last one that was published. */
  readonly latest: { readonly [kind in Occurring]?: string };
  /** Those that are not on the calendar, and wait to be published; the oldest first. */
  readonly asked: readonly Asked[];
  /** How many extra standups were asked for. */
  readonly extras: number;
  /** Tasks that standups have told to be over. */
  readonly told: readonly TaskRef[];
  /** What people have said of progress since the last standup, oldest first. */
  readonly words: readonly Words[];
  /** Number of the last words. */
  readonly counter: number;
  /** Decisions since the last review, oldest first. */
  readonly decisions: readonly Decision[];
  /** Earlier words and decisions that there was no room for. */
  readonly dropped: { readonly words: number; readonly decisions: number };
  /** The last that some channel has not taken, oldest first. */
  readonly undelivered: readonly Undelivered[];
  /** Digest of each document of the communication plan, as it was written last, by the id of its step. */
  readonly documents: { readonly [id: string]: string };
}

export interface Asked {
  readonly kind: Occurring;
  /** `standup-extra-1`, `review-4.1` */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Who has asked; absent where a milestone has ended. */
  readonly by?: string;
}

export interface Words extends Progress {
  readonly number: number;
  readonly task: TaskRef;
}

export interface Decision {
  /** Number of its entry in the ledger. */
  readonly entry: number;
  readonly at: number;
  readonly what: string;
  readonly by?: string;
  readonly on?: string;
  /** At most 150 characters. */
  readonly reason: string;
}

export interface Undelivered {
  readonly id: string;
  readonly at: number;
  /** Channels, each with the reason; at most 600 characters. */
  readonly reason: string;
}

/** `undefined`: the playbook says nothing of communication. */
export function communicationOf({ slices }: Pick<GatesState, 'slices'>): CommunicationState | undefined {
  return slices[COMMUNICATION] as CommunicationState | undefined;
}
