import { nextDue, passTime } from './agenda.ts';
import { takeCheck } from './checks.ts';
import type { Draft } from './draft.ts';
import type { GatesEvent } from './events.ts';
import { admitEarly } from './messages/decide.ts';
import { decisionMessages } from './messages/decisions.ts';
import { askChanges, clearBeforehand, closeGate, openRound } from './rounds.ts';
import { addWindows } from './rules/window.ts';
import type { Slice } from './slice.ts';

/** The gates of a phase: their rounds, decisions, checks and times. Their state is `GatesState.gates`, which every rule reads. */
export const gates: Slice = {
  name: 'gates',
  messages: decisionMessages,
  reduce,
  due: nextDue,
};

function reduce(draft: Draft, event: GatesEvent): void {
  if (event.type === 'open') {
    openRound(draft, event);
    admitEarly(draft, event.gate);
  } else if (event.type === 'windows') addWindows(draft, event);
  else if (event.type === 'ask') askChanges(draft, event);
  else if (event.type === 'close') closeGate(draft, event);
  else if (event.type === 'beforehand') clearBeforehand(draft, event);
  else if (event.type === 'check') takeCheck(draft, event);
  else if (event.type === 'tick') passTime(draft);
}
