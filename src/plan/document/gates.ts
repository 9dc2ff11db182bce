import { normalise } from '../../base/text.ts';
import type { Criterion, CriterionId, Gate } from '../gate-model.ts';
import type { Milestone, MilestoneDependency } from '../model.ts';
import type { Point } from '../problems.ts';
import { isList, listItems, reportTicks, type Section } from './outline.ts';
import type { Reading } from './reading.ts';

export type GateAddress = Pick<Gate, 'id' | 'kind' | 'milestone'>;

/**
 * Reads a gate. Every entry of the list below its heading is a criterion. A gate without a section has no criteria and clears at once,
 * which is a finding.
 *
 * @param owner place of the finding: the milestone or phase that the gate belongs to
 */
export function readGate(section: Section | undefined, address: GateAddress, owner: Point, reading: Reading): Gate {
  if (section === undefined) {
    reading.problems.finding('gate-missing', `The gate ${address.id} is not stated and clears at once.`, owner, {
      suggestion: `Write the heading "${gateHeading(address)}" and its criteria as a list.`,
    });
    return { ...address, criteria: [], line: owner.line };
  }
  const criteria = readCriteria(section, address, reading);
  if (criteria.length === 0) {
    reading.problems.error('gate-empty', `"${section.title}" has no criteria.`, section.point, {
      expected: 'a list with one criterion a line, or no such heading if the gate needs no criteria',
    });
  }
  reading.keepRest(section, isList);
  return { ...address, criteria, line: section.point.line };
}

/** Heading of a gate in a plan document. */
function gateHeading({ kind, milestone }: GateAddress): string {
  if (kind === 'completion') return 'Phase N Completion Criteria';
  if (kind === 'quality') return `Milestone ${milestone ?? ''} Quality Gate`;
  if (kind === 'exit') return 'Exit Gate';
  return milestone === undefined ? 'Phase Entry Gate' : 'Entry Gate';
}

function readCriteria(section: Section, { id }: GateAddress, reading: Reading): Criterion[] {
  const firstLine = new Map<string, number>();
  const items = listItems(section.content);
  reportTicks(items, 'a criterion is met by a decision or a check', reading.problems);
  return items.map((item, index) => {
    const number = index + 1;
    const { text, source } = readSource(item.text);
    if (text === '' || item.items.length > 0) {
      reading.problems.error('criterion', `A criterion of "${section.title}" is not one line.`, item.point, {
        expected: 'one criterion a line, with nothing below it',
      });
    }
    const earlier = firstLine.get(normalise(text));
    if (earlier !== undefined) {
      reading.problems.finding('criterion-repeated', `"${text}" is asked twice, first on line ${earlier}.`, item.point);
    }
    firstLine.set(normalise(text), earlier ?? item.point.line);
    return {
      id: `${id}/${number}`,
      number,
      text,
      ...(source === undefined ? {} : { source }),
      checks: [],
      approval: 'only',
      line: item.point.line,
    };
  });
}

/** Splits "(from Phase 3)", "(Phase 3 completion)" or "(from Milestone 3.3)" from the end of a criterion. */
function readSource(written: string): Pick<Criterion, 'text' | 'source'> {
  const match = /\s*\((?:from\s+)?(phase|milestone)\s+(\d+(?:\.\d+)*)(?:\s+completion)?\)\s*$/i.exec(written);
  const [parenthesis, kind, number] = match ?? [];
  if (parenthesis === undefined || kind === undefined || number === undefined) return { text: written };
  const text = written.slice(0, written.length - parenthesis.length);
  return { text, source: kind.toLowerCase() === 'phase' ? { phase: number } : { milestone: number } };
}

type GatesOfPhase = { readonly entry: Gate; readonly completion: Gate };

interface Marked {
  readonly gates: GatesOfPhase;
  readonly milestones: readonly Milestone[];
}

/**
 * Marks criteria that stand in two gates with no work between them: `sameAs` names the earliest one, and only that one is asked. There
 * is no work between the phase's entry gate and the entry gate of a milestone without predecessor, between the exit gate and the quality
 * gate of a milestone, and between the quality gate of the last milestone and the completion gate, if only one milestone is last.
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
