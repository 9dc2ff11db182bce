import type { Binding } from './bind-context.ts';
import { gatesBefore, gatesOf } from './gate-order.ts';
import { matchesGate } from './gate-pattern.ts';
import { meantBy } from './match.ts';
import type { Check, Gate } from './gate-model.ts';
import type { Path } from './playbook-reader.ts';
import { quoteAll } from './text.ts';

/** A `gate` check must name gates that exist, and none that opens after this one only: it would wait for ever. */
export function reportGateCheck({ plan, reader }: Binding, gate: Gate, { kind, input }: Check, path: Path): void {
  const wanted = input['gates'];
  if (kind !== 'gate' || typeof wanted !== 'string') return;
  const gates = gatesOf(plan);
  const meant = gates.filter(({ id }) => matchesGate(wanted, id));
  if (meant.length === 0) {
    const ids = gates.map(({ id }) => id);
    reader.error('gate-unknown', path, `There is no gate "${wanted}".`, meantBy(wanted, ids));
    return;
  }
  const late = meant.filter((one) => gatesBefore(plan, one).includes(gate.id));
  if (late.length === 0) return;
  const ids = late.map(({ id }) => id);
  const before = gatesBefore(plan, gate);
  reader.error(
    'gate-order',
    path,
    `${gate.id} would wait for ever for ${ids.join(', ')}, which does not open before it has cleared.`,
    {
      ...(before.length === 0 ? {} : { expected: `a gate before it: ${quoteAll(before)}` }),
    },
  );
}
