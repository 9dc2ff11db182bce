import { distance } from 'fastest-levenshtein';
import { normalise } from '../../base/text.ts';

/** The headings that the format knows. */
export type HeadingKind =
  | 'phase'
  | 'overview'
  | 'milestone'
  | 'entry'
  | 'exit'
  | 'tasks'
  | 'day'
  | 'gantt'
  | 'dependencies'
  | 'phaseEntry'
  | 'milestoneDependencies'
  | 'agentDependencies'
  | 'quality'
  | 'milestoneQuality'
  | 'communication'
  | 'completion'
  | 'next';

interface KnownHeading {
  /** The heading as an author writes it. */
  readonly form: string;
  /** Looser than the exact form, so that a heading of the wrong shape is told apart from an unknown heading. */
  readonly pattern: RegExp;
  /** Its place in the document, in words. */
  readonly place: string;
}

const belowPhase = 'directly below the phase heading';
const belowMilestone = 'directly below a milestone heading';
const belowDependencies = 'below "Phase N Dependencies"';

/** Patterns match normalised titles; the first that matches decides. */
export const headings: { readonly [Kind in HeadingKind]: KnownHeading } = {
  phaseEntry: { form: 'Phase Entry Gate', pattern: /^phase entry gate$/, place: belowDependencies },
  dependencies: { form: 'Phase 4 Dependencies', pattern: /^(phase \S+ )?dependencies$/, place: belowPhase },
  completion: {
    form: 'Phase 4 Completion Criteria',
    pattern: /^(phase \S+ )?completion criteria$/,
    place: belowPhase,
  },
  phase: { form: 'Phase 4: Title', pattern: /^phase\b(?=.*[\d:])/, place: 'at the top, on the first level' },
  overview: { form: 'Overview', pattern: /^overview$/, place: belowPhase },
  milestoneDependencies: {
    form: 'Milestone Dependencies',
    pattern: /^milestone dependencies$/,
    place: belowDependencies,
  },
  milestoneQuality: {
    form: 'Milestone 4.1 Quality Gate',
    pattern: /^(milestone\b.*)?quality gate$/,
    place: 'below "Quality Gates"',
  },
  milestone: { form: 'Milestone 4.1: Title (5 days)', pattern: /^milestone\b(?=.*[\d:(])/, place: belowPhase },
  entry: { form: 'Entry Gate', pattern: /^entry gate$/, place: belowMilestone },
  exit: { form: 'Exit Gate', pattern: /^exit gate$/, place: belowMilestone },
  tasks: { form: 'Tasks', pattern: /^tasks$/, place: belowMilestone },
  day: { form: 'Day 1-2: Title', pattern: /^days?\b(?=.*[\d:])/, place: 'below "Tasks"' },
  gantt: { form: 'Parallel Execution', pattern: /^parallel execution$/, place: belowMilestone },
  agentDependencies: {
    form: 'Cross-Agent Dependencies',
    pattern: /^cross[- ]agent dependencies$/,
    place: belowDependencies,
  },
  quality: { form: 'Quality Gates', pattern: /^quality gates$/, place: belowPhase },
  communication: { form: 'Communication Plan', pattern: /^communication plan$/, place: belowPhase },
  next: { form: 'Next Phase', pattern: /^next phase$/, place: belowPhase },
};

const kinds = Object.keys(headings) as HeadingKind[];

/** The kind of a heading, even when its shape is wrong. */
export function headingKind(title: string): HeadingKind | undefined {
  const text = normalise(title);
  return kinds.find((kind) => headings[kind].pattern.test(text));
}

/** The heading, among the given kinds, that a title misspells slightly. */
export function misspeltHeading(title: string, allowed: readonly HeadingKind[]): HeadingKind | undefined {
  const text = withoutNumber(title);
  return allowed.find((kind) => {
    return isMisspelling(text, withoutNumber(headings[kind].form));
  });
}

/** Labels of the lists below a day heading. */
const labels = ['Responsible Agent', 'Responsible Agents', 'Activities'] as const;

/** The known label that `label` misspells slightly. */
export function misspeltLabel(label: string): (typeof labels)[number] | undefined {
  const text = normalise(label);
  const [nearest] = labels.toSorted((a, b) => distance(text, normalise(a)) - distance(text, normalise(b)));
  return nearest !== undefined && isMisspelling(text, normalise(nearest)) ? nearest : undefined;
}

/** True when at most three edits, and at most a quarter of the name, lie between them. */
function isMisspelling(text: string, name: string): boolean {
  const edits = distance(text, name);
  return edits > 0 && edits <= Math.min(3, Math.floor(name.length / 4));
}

/** Removes the number of a phase or milestone, which differs in every heading. */
function withoutNumber(title: string): string {
  return normalise(title).replace(/^(phase|milestone) \d\S* /, '$1 ');
}
