import type { LedgerEntry } from '../gates/ledger.ts';
import { milestonesBefore } from '../plan/order.ts';
import type { GateId } from '../plan/gate-model.ts';
import type { TaskRef } from '../plan/model.ts';
import type { Recording } from './recording.ts';
import type { Walk } from './walk.ts';

/** Of a task that was done while its skip was on the way: whoever skipped it has a say in what the gate sees. */
const SKIPPED_LATE = 'done before the skip reached it';

/** Why a task cannot have been done as the entry says, and otherwise notes that it was. */
export function taskFault(
  walk: Walk,
  { on = '', what, reason }: LedgerEntry,
  recording: Recording,
): string | undefined {
  // A phase that was reset takes over what its milestone did before, also what it has forgotten of.
  if (recording.resets > 0) return undefined;
  if (what === 'not recorded') return `${on} is ${reason}`;
  if (reason === 'beforehand') {
    return isBeforehand(walk, on, recording.input.from) ? undefined : `neither plan nor start says that ${on} is done`;
  }
  const gate = guarding(walk, on);
  if (gate !== undefined) return `${on} was done although its gate ${gate} had not cleared`;
  if (reason !== SKIPPED_LATE) walk.forgetWhoDid(on);
  return undefined;
}

/** The gate before a task that has not cleared. */
export function guarding({ state }: Walk, task: TaskRef): GateId | undefined {
  const found = Object.values(state.gates).find(({ gate: { guards }, state: stands }) => {
    return guards !== undefined && guards.what !== 'changes' && guards.tasks.includes(task) && stands !== 'cleared';
  });
  return found?.gate.id;
}

function isBeforehand({ plan, hasOpened }: Walk, ref: TaskRef, from: string | undefined): boolean {
  const earlier = from === undefined ? [] : milestonesBefore(plan, from);
  return (
    !hasOpened &&
    plan.milestones.some(({ number, lanes }) =>
      lanes.some(({ tasks }) =>
        tasks.some((task) => task.ref === ref && (earlier.includes(number) || task.tags.includes('done'))),
      ),
    )
  );
}
