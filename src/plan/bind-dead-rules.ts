import type { Binding } from './bind-context.ts';
import { gatesBefore, gatesOf } from './gate-order.ts';
import type { Gate, GatePolicy } from './gate-model.ts';
import type { Path } from './playbook-reader.ts';

/** Rules of a policy that contradict each other, or that could never take effect. */
export function reportDeadRules(binding: Binding, policy: GatePolicy, path: Path): void {
  reportTooLate(binding, policy, path);
  reportLateReminders(binding, policy, path);
  reportUnsignable(binding, policy, path);
}

/**
 * Gates named by `distinctFrom` that nobody can have decided before: the gate itself, and later ones, whose approvers have to differ.
 *
 * @param path of the list, which stands in the policy of the gate itself
 */
export function reportLaterGates({ plan, reader }: Binding, gate: Gate, named: readonly string[], path: Path): void {
  for (const [index, id] of named.entries()) {
    if (id === gate.id) {
      reader.error(
        'policy-unsatisfiable',
        [...path, index],
        `${id} is this gate itself, whose approvers cannot differ from themselves.`,
        {
          suggestion: 'Name an earlier gate, or leave it out; a person counts once for a criterion anyway.',
        },
      );
    }
    const later = gatesOf(plan).find((one) => one.id === id);
    if (later === undefined || !gatesBefore(plan, later).includes(gate.id)) continue;
    const message = `${id} opens after ${gate.id} only, so nobody has decided it by then.`;
    reader.error('policy-unsatisfiable', [...path, index], message, {
      suggestion: `State "distinctFrom: [${gate.id}]" in the policy of ${id} instead.`,
    });
  }
}

/** A gate that is rejected at its deadline has to be able to clear before. */
function reportTooLate({ reader }: Binding, policy: GatePolicy, path: Path): void {
  const { wait = 0, soak = 0, deadline, workingTime } = policy;
  if (deadline?.then !== 'reject') return;
  // Soak time is always of all time, so it does not compare with a deadline in working time.
  const least = workingTime === undefined ? Math.max(wait, soak) : wait;
  if (least >= deadline.after) {
    const rule = least === wait ? 'wait' : 'soak';
    const message = `No gate with this policy could clear: "${rule}" is not over when the deadline rejects it.`;
    reader.error('policy-unsatisfiable', [...path, 'deadline'], message, {
      suggestion: `Set "after" to more than "${rule}".`,
    });
  }
}

/**
 * Reminders of a gate that is closed by then, or whose deadline tells everybody at that same moment. After an escalation, and after
 * an extension, the gate goes on waiting, so that reminding makes sense again.
 */
function reportLateReminders({ reader }: Binding, { remind = [], deadline }: GatePolicy, path: Path): void {
  if (deadline === undefined) return;
  const { after, then, by = 0 } = deadline;
  const at = [...path, 'remind'];
  if (then === 'reject') {
    if (!remind.some((one) => one >= after)) return;
    reader.finding('reminder-late', at, 'The deadline rejects the gate before its last reminder is due.');
    return;
  }
  const told = then === 'extend' ? [after, after + by] : [after];
  if (!remind.some((one) => told.includes(one))) return;
  reader.finding('reminder-late', at, 'A reminder is due when the deadline passes, which is told anyway.', {
    suggestion: 'Remind some time before the deadline, or after it.',
  });
}

/** What is signed names the nonce of an open round. */
function reportUnsignable({ reader }: Binding, { early, trust }: GatePolicy, path: Path): void {
  if (early !== 'keep' || trust !== 'signed') return;
  const message =
    'Early approvals cannot be kept where only signed decisions count: nobody can sign before the round is open.';
  reader.error('policy-unsatisfiable', path, message, {
    suggestion: 'State "early: refuse" in the policy of the gate.',
  });
}
