import type { JsonObject } from '../base/json.ts';
import { matchesGate } from '../plan/walk.ts';
import { nextDue, passTime } from './agenda.ts';
import { replaceGates } from './amended.ts';
import { takeCheck } from './checks.ts';
import type { Draft } from './draft.ts';
import type { GatesEvent } from './events.ts';
import { admitEarly } from './messages/decide.ts';
import { decisionMessages } from './messages/decisions.ts';
import { askChanges, clearBeforehand, closeGate, openRound } from './rounds.ts';
import { addWindows } from './rules/window.ts';
import type { GatesState, GateState } from './model.ts';
import type { Slice, StateAnswer } from './slice.ts';

/** The gates of a phase: their rounds, decisions, checks and times. Their state is `GatesState.gates`, which every rule reads. */
export const gates: Slice = {
  name: 'gates',
  messages: decisionMessages,
  reduce,
  due: nextDue,
  checks: { gate: othersCleared },
};

/** Finds whether the gates that a pattern names have cleared. */
function othersCleared({ gates: all }: GatesState, { gates: wanted }: JsonObject): StateAnswer {
  const pattern = typeof wanted === 'string' ? wanted : '';
  const meant = Object.values(all).filter(({ gate }) => matchesGate(pattern, gate.id));
  const open = meant.filter(({ state }) => state !== 'cleared');
  const names = (of: readonly GateState[]) => of.map(({ gate }) => gate.id).join(', ');
  if (open.length > 0) return { state: 'failed', reason: `not cleared yet: ${names(open)}` };
  return { state: 'passed', reason: `cleared: ${names(meant)}` };
}

function reduce(draft: Draft, event: GatesEvent): void {
  if (event.type === 'open') {
    openRound(draft, event);
    admitEarly(draft, event.gate);
  } else if (event.type === 'windows') addWindows(draft, event);
  else if (event.type === 'ask') askChanges(draft, event);
  else if (event.type === 'close') closeGate(draft, event);
  else if (event.type === 'beforehand') clearBeforehand(draft, event);
  else if (event.type === 'check') takeCheck(draft, event);
  else if (event.type === 'amended') replaceGates(draft, event);
  else if (event.type === 'tick') passTime(draft);
}
