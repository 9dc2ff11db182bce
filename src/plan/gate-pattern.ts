import type { GateId } from './gate-model.ts';

/** Whether a gate is meant by a `gate` check: its id, or `*` in place of the milestone (`*\/quality`). */
export function matchesGate(pattern: string, gate: GateId): boolean {
  if (!pattern.startsWith('*/')) return pattern === gate;
  const slash = gate.indexOf('/');
  return slash >= 0 && gate.slice(slash) === pattern.slice(1);
}
