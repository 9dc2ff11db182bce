import type { Verdict } from '../gates/ledger.ts';

/** A verdict for people: one line, and another where a gate has moved. */
export function verdictText({ code, reason, gate, state, unmet, waits = [] }: Verdict): string {
  const open = unmet && unmet.length > 0 ? `; still unmet: ${unmet.join(', ')}` : '';
  const besides = waits.length > 0 ? `; ${waits.join(', ')}` : '';
  const standing = gate && state ? `\n${gate} is ${state}${open}${besides}` : '';
  return `${code}: ${reason}${standing}`;
}
