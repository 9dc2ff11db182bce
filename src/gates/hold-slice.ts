import { own } from '../base/json.ts';
import { line } from '../base/text.ts';
import { operatorsOf } from './able.ts';
import type { Draft } from './draft.ts';
import type { Verdict } from './ledger.ts';
import type { GatesState, HoldMessage, HoldName } from './model.ts';
import { clearIfMet } from './rounds.ts';
import { type Hold, HOLDS, holdsOf, PHASE } from './rules/hold.ts';
import { second } from './rules/waits.ts';
import type { MessageKind, Slice } from './slice.ts';
import { answer } from './messages/answer.ts';
import { mayOperate, operatorsInWords, senderOf, unlisted } from './messages/authorise.ts';
import type { Envelope } from './messages/envelope.ts';
import { meant } from './messages/shape.ts';

/** A hold stops what has not begun: a step that runs ends, and a gate does not clear. */
export const holds: Slice = {
  name: HOLDS,
  messages: {
    hold: {
      does: 'Holds a task, a lane, a milestone, a gate, or the phase',
      who: 'operators',
      needs: ['on', 'by', 'reason'],
      takes: [],
      judge: by('hold', hold),
    },
    release: {
      does: 'Releases what is held',
      who: 'operators',
      needs: ['on', 'by'],
      takes: [],
      judge: by('release', release),
    },
  } satisfies { readonly [name in HoldName]: MessageKind },
  initial: {},
  reduce: (draft, event) => {
    if (event.type === 'amended') dropHolds(draft);
  },
  board: (state) => {
    const able = operatorsOf(state);
    const items = Object.entries(holdsOf(state)).map(([on, { by: who, at, reason }]) => ({
      text: `**${on}** · by ${line(who)} since ${second(new Date(at).toISOString())} · ${line(reason)}`,
      ...(able === undefined ? {} : { answer: { name: 'release', input: { on }, able } }),
    }));
    return items.length === 0 ? [] : [{ title: 'Held', items }];
  },
};

/** A hold or a release by an operator, of something that the plan has. */
interface Order {
  readonly draft: Draft;
  readonly message: HoldMessage;
  readonly envelope: Envelope;
  /** The hold that there is on it. */
  readonly held: Hold | undefined;
}

function by(name: HoldName, apply: (order: Order) => Verdict): MessageKind['judge'] {
  return (draft: Draft, message: HoldMessage, envelope: Envelope) => {
    const { state } = draft;
    const { on } = message;
    const sender = senderOf(state, message.by);
    if (sender === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(state, message.by));
    const targets = holdable(state);
    if (!targets.includes(on))
      return answer(draft, envelope, 'UNKNOWN', name === 'hold' ? noTarget(on, targets) : notHeld(state, on));
    if (!mayOperate(state, sender)) {
      return answer(draft, envelope, 'DENIED', `only operators ${name}: ${operatorsInWords(state)}`);
    }
    return apply({ draft, message, envelope, held: own(holdsOf(state), on) });
  };
}

function hold({ draft, message, envelope, held }: Order): Verdict {
  if (held !== undefined) {
    return answer(draft, envelope, 'REPEATED', `held already by ${held.by}: ${held.reason}`);
  }
  const { on, reason = '' } = message;
  draft.setSlice(HOLDS, { ...holdsOf(draft.state), [on]: { by: message.by, at: draft.at, reason } });
  draft.effects.push({ type: 'holds' });
  return answer(draft, envelope, 'ACCEPTED', `held: ${reason}`);
}

function release({ draft, message: { on }, envelope, held }: Order): Verdict {
  if (held === undefined) return answer(draft, envelope, 'REFUSED', notHeld(draft.state, on));
  const { [on]: _released, ...others } = holdsOf(draft.state);
  draft.setSlice(HOLDS, others);
  draft.effects.push({ type: 'holds' });
  const verdict = answer(draft, envelope, 'ACCEPTED', `released; it was held by ${held.by}`);
  for (const id of Object.keys(draft.state.gates)) clearIfMet(draft, id);
  return verdict;
}

/** A hold on what an amendment has taken out of the plan. */
function dropHolds(draft: Draft): void {
  const targets = new Set(holdable(draft.state));
  const kept = Object.entries(holdsOf(draft.state)).filter(([on]) => targets.has(on));
  if (kept.length < Object.keys(holdsOf(draft.state)).length) draft.setSlice(HOLDS, Object.fromEntries(kept));
}

function noTarget(on: string, targets: readonly string[]): string {
  return `there is nothing to hold that is called ${meant(on, targets)}`;
}

/** A person who releases needs to know what is held, not what could be. */
function notHeld(state: GatesState, on: string): string {
  const held = Object.keys(holdsOf(state)).slice(0, 30);
  const known = held.length === 0 ? 'nothing is' : `held ${held.length === 1 ? 'is' : 'are'} ${held.join(', ')}`;
  return `"${on.slice(0, 100)}" is not held; ${known}`;
}

function holdable({ gates, tasks }: GatesState): string[] {
  const summaries = Object.values(tasks);
  const lanes = summaries.flatMap(({ lane }) => lane ?? []);
  const milestones = summaries.map(({ milestone }) => milestone);
  return [...new Set([PHASE, ...milestones, ...lanes, ...Object.keys(tasks), ...Object.keys(gates)])];
}
