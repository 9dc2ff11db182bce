import type { Criterion, CriterionId, Gate } from './gate-model.ts';
import type { Milestone, MilestoneDependency } from './model.ts';
import { normalise } from './text.ts';

type GatesOfPhase = { readonly entry: Gate; readonly completion: Gate };

interface Marked {
  readonly gates: GatesOfPhase;
  readonly milestones: readonly Milestone[];
}

/**
 * Marks criteria that are asked in two gates with no work between them: `sameAs` names the earliest, which is the one that
 * is asked. No work lies between the phase's entry gate and that of a milestone without predecessor, between a milestone's
 * exit and quality gates, and between the quality gate of the only last milestone and the completion gate.
 */
export function markSameCriteria(
  gates: GatesOfPhase,
  milestones: readonly Milestone[],
  dependencies: readonly MilestoneDependency[],
): Marked {
  const marked = milestones.map((milestone): Milestone => {
    const isFirst = !dependencies.some(({ to }) => to === milestone.number);
    const { entry, exit, quality } = milestone.gates;
    return {
      ...milestone,
      gates: { entry: isFirst ? mark(entry, gates.entry) : entry, exit, quality: mark(quality, exit) },
    };
  });
  const last = marked.filter(({ number }) => !dependencies.some(({ from }) => from === number));
  const [only] = last;
  const completion =
    only === undefined || last.length > 1
      ? gates.completion
      : mark(mark(gates.completion, only.gates.exit), only.gates.quality);
  return { gates: { entry: gates.entry, completion }, milestones: marked };
}

function mark(gate: Gate, earlier: Gate): Gate {
  const asked = new Map<string, CriterionId>();
  for (const criterion of earlier.criteria.toReversed()) {
    asked.set(normalise(criterion.text), criterion.sameAs ?? criterion.id);
  }
  return { ...gate, criteria: gate.criteria.map((criterion) => markOne(criterion, asked)) };
}

function markOne(criterion: Criterion, asked: ReadonlyMap<string, CriterionId>): Criterion {
  const sameAs = criterion.sameAs ?? asked.get(normalise(criterion.text));
  return sameAs === undefined ? criterion : { ...criterion, sameAs };
}
