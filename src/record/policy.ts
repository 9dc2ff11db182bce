import { mayCountBeforehand } from '../gates/beforehand.ts';
import { isMet } from '../gates/criteria.ts';
import { holdOnGate } from '../gates/holds.ts';
import type { LedgerEntry } from '../gates/ledger.ts';
import { milestonesBefore } from '../plan/order.ts';
import type { GateId } from '../plan/gate-model.ts';
import { Hearing } from './hearing.ts';
import type { Recording } from './recording.ts';
import { taskFault } from './tasks.ts';
import { timingFault } from './timing.ts';
import { Walk } from './walk.ts';

/** Where the ledger says that something was done although the policy forbade it. */
export interface PolicyFault {
  readonly entry: number;
  readonly reason: string;
}

/**
 * Goes through a ledger entry by entry, has every message that counted judged again, keeps what has become of it, and looks at
 * every clearing and every task done whether the plan that was compiled allowed it at that instant.
 */
export function policyFault(entries: readonly LedgerEntry[], recording: Recording): PolicyFault | undefined {
  const { compiled } = recording;
  if (compiled === undefined) return undefined;
  const walk = new Walk(compiled.plan, recording);
  const hearing = new Hearing(walk, recording);
  for (const entry of entries) {
    const reason = entry.trust === 'phase' ? ofPhase(walk, entry, recording) : hearing.hear(entry);
    if (reason !== undefined) return { entry: entry.number, reason };
  }
  return undefined;
}

/** @returns why the entry cannot be, or nothing */
function ofPhase(walk: Walk, entry: LedgerEntry, recording: Recording): string | undefined {
  const { what, code, on } = entry;
  if (code !== 'ACCEPTED') return undefined;
  if (what === 'ended') walk.end();
  if (on === undefined) return undefined;
  switch (what) {
    case 'opened':
      return walk.open(on, entry);
    case 'cleared':
      return clear(walk, on, entry);
    case 'cleared beforehand':
      return countBeforehand(walk, on, entry, recording);
    case 'task done':
    case 'not recorded':
      return taskFault(walk, entry, recording);
    default:
      walk.note(on, entry);
      return undefined;
  }
}

function clear(walk: Walk, id: GateId, entry: LedgerEntry): string | undefined {
  const gate = walk.state.gates[id];
  if (gate === undefined) return `there is no gate ${id}`;
  if (gate.state !== 'open') return `${id} cleared while it was ${gate.state}`;
  if (gate.round !== entry.round) return `${id} cleared in another round than the one that was open`;
  const hold = holdOnGate(walk.state, gate.gate);
  if (hold !== undefined) return `${id} cleared while it was held by ${hold.by}`;
  if (gate.override === undefined) {
    const unmet = gate.gate.criteria.filter((one) => !isMet(walk.state, gate.gate, one));
    if (unmet.length > 0) return `${id} cleared although ${unmet.map((one) => one.id).join(', ')} was not met`;
    const untimely = timingFault(walk.state, gate, entry);
    if (untimely !== undefined) return untimely;
  }
  walk.set(id, { state: 'cleared' });
  return undefined;
}

/** Only what the start names: gates of the milestones before the one that it begins with, before any other opens. */
function countBeforehand(walk: Walk, id: GateId, { by = '' }: LedgerEntry, { input }: Recording): string | undefined {
  const gate = walk.state.gates[id];
  if (gate === undefined) return `there is no gate ${id}`;
  if (!mayCountBeforehand(gate.gate)) return `${id} was counted as cleared beforehand, which its policy forbids`;
  const { id: _, milestone = '', kind } = gate.gate;
  const earlier = input.from === undefined ? [] : milestonesBefore(walk.plan, input.from);
  const isMeant = (kind === 'entry' && id === 'entry' && input.from !== undefined) || earlier.includes(milestone);
  if (!isMeant || walk.hasOpened) return `${id} was counted as cleared beforehand, of which the start says nothing`;
  walk.set(id, { state: 'cleared', beforehand: { by, reason: '' } });
  return undefined;
}
