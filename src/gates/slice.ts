import type { JsonObject } from '../base/json.ts';
import type { GateId, TaskRef } from '../plan/gate-model.ts';
import type { Plan } from '../plan/model.ts';
import type { Draft } from './draft.ts';
import type { GatesEvent } from './events.ts';
import type { Evidence, Verdict } from './ledger.ts';
import type { Envelope } from './messages/envelope.ts';
import type { Key } from './messages/keys.ts';
import type { CheckState, GatesState } from './model.ts';

/**
 * A part of what a phase knows: the messages that people send to it, its state, and what time does to it. Pure, because it runs
 * in the workflow. `src/activities/slices.ts` lists all slices.
 */
export interface Slice {
  /** Key of its state in `GatesState.slices`, unless its state has a field of its own. */
  readonly name: string;
  /** Messages by name. A name belongs to one slice. */
  readonly messages: { readonly [name: string]: MessageKind };
  /** Its messages are judged by what steps have told. Nobody but the workflow has that, so a record is verified without judging them again. */
  readonly judgesByFacts?: true;
  /** Plain JSON that the slice begins with. Continue-as-new carries it, so the slice states a bound for it. */
  readonly initial?: unknown;
  /** The same, where it follows from the plan. `undefined`: the slice has nothing to do in such a phase. */
  readonly begin?: (plan: Plan) => unknown;
  /** Applies an event; leaves alone what is not its own. */
  readonly reduce?: (draft: Draft, event: GatesEvent) => void;
  /** Next instant, in epoch milliseconds, at which time alone changes something: a `tick` event comes then. */
  readonly due?: (state: GatesState) => number | undefined;
  /** Sections for the phase's board. */
  readonly board?: (state: GatesState) => readonly BoardSection[];
  /** Checks that are answered by what the phase knows, by kind. They are asked again whenever that changes. */
  readonly checks?: { readonly [kind: string]: (state: GatesState, input: JsonObject) => StateAnswer };
  /** What the phase hands over of its state when it completes. */
  readonly handover?: (state: GatesState) => JsonObject | undefined;
  /** What is next for a task that names the slice in `rounds`. `undefined`: nothing now. */
  readonly round?: (state: GatesState, task: TaskRef) => TaskRound | undefined;
}

/** What a check finds by what the phase knows. */
export interface StateAnswer {
  readonly state: Exclude<CheckState['state'], 'waiting'>;
  readonly reason: string;
  readonly evidence?: readonly Evidence[];
}

/** What is next for a task that is carried out in rounds: another round, or its end. */
export type TaskRound =
  | {
      /** One more than the last that the task has carried out. */
      readonly number: number;
      /** For its steps; at most TOLD_BYTES. */
      readonly told: JsonObject;
      /** There is no work: steps with `skipIdle` are left out. */
      readonly idle?: true;
    }
  | {
      readonly over: true;
      /** Number of the round after which it is over. */
      readonly after: number;
    };

/** One message that people send to a phase, as a Signal or as an Update of the same name. */
export interface MessageKind {
  /** What it does, in one line: shown by the Web UI and by `temporal workflow metadata`. */
  readonly does: string;
  /** Who may send it. */
  readonly who: string;
  /** Keys that it must have. */
  readonly needs: readonly Key[];
  /** Keys that it may have besides. */
  readonly takes: readonly Key[];
  /**
   * Gives the message its verdict. It has been understood, is no duplicate, and the phase is not over.
   *
   * @param message has the keys that `needs` and `takes` name, each of the right shape. A method may say so in its type.
   */
  judge(draft: Draft, message: Message, envelope: Envelope): Verdict;
}

/** The body of a message whose shape has been checked: what every message may have, and its address. */
export interface Message {
  readonly by: string;
  readonly note?: string;
  /** Chosen by the sender: a second message with the same id changes nothing. */
  readonly id?: string;
  readonly evidence?: Evidence;
  readonly gate?: GateId;
  readonly task?: TaskRef;
  readonly on?: string;
}

/** A list on the phase's board. */
export interface BoardSection {
  readonly title: string;
  readonly items: readonly BoardItem[];
  /** How many items the board shows. Default 10. */
  readonly most?: number;
  /** The query that has all of them. Default `status`. */
  readonly query?: string;
}

export interface BoardItem {
  /** Markdown of one line. */
  readonly text: string;
  /** The message that answers it, without its sender, and those who may send it. */
  readonly answer?: { readonly name: string; readonly input: object; readonly able: readonly string[] };
}
