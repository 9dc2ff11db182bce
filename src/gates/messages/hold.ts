import type { Verdict } from '../ledger.ts';
import type { GatesState, HoldMessage, HoldName } from '../model.ts';
import { clearIfMet } from '../rounds.ts';
import { PHASE } from '../rules/hold.ts';
import { own, type Turn } from '../turn.ts';
import { answer, type Letter } from './answer.ts';
import { mayOperate, operatorsInWords, senderOf, unlisted } from './authorise.ts';
import { meant } from './shape.ts';

/** Judges a hold or a release: for operators. A hold stops what has not begun; what runs ends its step. */
export function judgeHold(turn: Turn, name: HoldName, message: HoldMessage, letter: Letter): Verdict {
  const { on, by, reason = '' } = message;
  const sender = senderOf(turn.state, by);
  if (sender === undefined) return answer(turn, letter, 'UNKNOWN', unlisted(turn.state, by));
  const targets = holdable(turn.state);
  if (!targets.includes(on))
    return answer(turn, letter, 'UNKNOWN', name === 'hold' ? noTarget(on, targets) : notHeld(turn.state, on));
  if (!mayOperate(turn.state, sender)) {
    return answer(turn, letter, 'DENIED', `only operators ${name}: ${operatorsInWords(turn.state)}`);
  }
  const held = own(turn.state.holds, on);
  if (name === 'hold') {
    if (held !== undefined) return answer(turn, letter, 'REPEATED', `held already by ${held.by}: ${held.reason}`);
    turn.state = { ...turn.state, holds: { ...turn.state.holds, [on]: { by, at: turn.at, reason } } };
    turn.effects.push({ type: 'holds' });
    return answer(turn, letter, 'ACCEPTED', `held: ${reason}`);
  }
  if (held === undefined) return answer(turn, letter, 'REFUSED', notHeld(turn.state, on));
  const { [on]: _released, ...others } = turn.state.holds;
  turn.state = { ...turn.state, holds: others };
  turn.effects.push({ type: 'holds' });
  const verdict = answer(turn, letter, 'ACCEPTED', `released; it was held by ${held.by}`);
  for (const id of Object.keys(turn.state.gates)) clearIfMet(turn, id);
  return verdict;
}

function noTarget(on: string, targets: readonly string[]): string {
  return `there is nothing to hold that is called ${meant(on, targets)}`;
}

/** Who releases needs to know what is held, not what could be. */
function notHeld({ holds }: GatesState, on: string): string {
  const held = Object.keys(holds).slice(0, 30);
  const known = held.length === 0 ? 'nothing is' : `held ${held.length === 1 ? 'is' : 'are'} ${held.join(', ')}`;
  return `"${on.slice(0, 100)}" is not held; ${known}`;
}

function holdable({ gates, tasks }: GatesState): string[] {
  const summaries = Object.values(tasks);
  const lanes = summaries.flatMap(({ lane }) => lane ?? []);
  const milestones = summaries.map(({ milestone }) => milestone);
  return [...new Set([PHASE, ...milestones, ...lanes, ...Object.keys(tasks), ...Object.keys(gates)])];
}
