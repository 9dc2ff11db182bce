import { match } from './match.ts';
import type { Gate, GatePolicy } from './gate-model.ts';
import type { Plan } from './model.ts';
import { own } from './own.ts';
import type { Path } from './playbook-reader.ts';
import type { PlaybookGate } from './playbook-gates.ts';
import type { Playbook } from './playbook.ts';

/** Where the playbook states a rule of a gate's policy: at the gate, or for every gate. */
export function statedAt(plan: Plan, playbook: Playbook, gate: Gate, key: keyof GatePolicy): Path {
  const { entry, path } = entryOf(plan, playbook, gate);
  return entry?.policy?.[key] === undefined ? ['policy', key] : [...path, 'policy', key];
}

/** What the playbook says of a gate, and where. */
function entryOf(plan: Plan, playbook: Playbook, gate: Gate): { entry: PlaybookGate | undefined; path: Path } {
  const { kind, milestone, guards } = gate;
  if (milestone === undefined) {
    const key = kind === 'entry' ? 'entry' : 'completion';
    return { entry: playbook.gates[key], path: ['gates', key] };
  }
  const entries = own(playbook.milestones, milestone);
  const path = ['milestones', milestone];
  if (guards === undefined) {
    const key = kind === 'completion' ? 'exit' : kind;
    return { entry: entries?.[key], path: [...path, key] };
  }
  if (guards.what === 'changes') return { entry: undefined, path };
  if (guards.what === 'task') {
    const key = guards.of.slice(milestone.length + 1);
    return { entry: own(entries?.tasks, key)?.gate, path: [...path, 'tasks', key, 'gate'] };
  }
  const key = laneKey(plan, gate, Object.keys(entries?.lanes ?? {}));
  return { entry: own(entries?.lanes, key)?.gate, path: [...path, 'lanes', key, 'gate'] };
}

/** Lanes are named by number or by a beginning of their title. */
function laneKey({ milestones }: Plan, { milestone, guards }: Gate, keys: readonly string[]): string {
  const lanes = milestones.find(({ number }) => number === milestone)?.lanes ?? [];
  const numbered = lanes.map(({ id, title }, index) => ({ number: index + 1, text: title, id }));
  const isMeant = (key: string): boolean => {
    const matched = match(numbered, key, 'lanes');
    return 'found' in matched && matched.found.id === guards?.of;
  };
  return keys.find(isMeant) ?? '';
}
