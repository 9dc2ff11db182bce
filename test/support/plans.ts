/** One lane of a small plan: a day block and its Gantt section, with two tasks. */
export interface SmallLane {
  readonly title: string;
  readonly agent: string;
  readonly letter: string;
}

export interface SmallMilestone {
  readonly number: string;
  readonly title: string;
  readonly lanes: readonly SmallLane[];
  readonly tags?: { readonly [task: string]: string };
}

export interface SmallPlan {
  readonly milestones: readonly SmallMilestone[];
  /** Pairs of milestone numbers. Default: each depends on the one before. */
  readonly dependencies?: readonly (readonly [string, string])[];
}

/** Writes a plan document of the same form as the real ones: one criterion a gate, two tasks of a day each a lane. */
export function smallPlan({ milestones, dependencies }: SmallPlan): string {
  const pairs = dependencies ?? milestones.slice(1).map((m, index) => [milestones[index]!.number, m.number] as const);
  return [
    '# Phase 9: Small Phase',
    '## Overview',
    'A small phase for a test.',
    ...milestones.map(milestoneText),
    '## Phase 9 Dependencies',
    '### Phase Entry Gate',
    '- Plan approved (Phase 8 completion)',
    ...(pairs.length === 0 ? [] : ['### Milestone Dependencies']),
    ...pairs.map(([from, to]) => `- **Milestone ${from} → Milestone ${to}**: one after the other`),
    '## Quality Gates',
    ...milestones.map(({ number }) => `### Milestone ${number} Quality Gate\n- Quality of ${number} seen`),
    '## Phase 9 Completion Criteria',
    '- Everything is done',
    '',
  ].join('\n\n');
}

function milestoneText({ number, title, lanes, tags = {} }: SmallMilestone): string {
  return [
    `## Milestone ${number}: ${title} (2 days)`,
    `### Entry Gate\n- Ready for ${number}`,
    `### Exit Gate\n- Work of ${number} done`,
    '### Tasks',
    ...lanes.map(
      (lane) =>
        `#### Day 1: ${lane.title}\n- **Responsible Agent**: ${lane.agent}\n- **Activities**:\n` +
        `  - First thing of ${lane.title}\n  - Second thing of ${lane.title}`,
    ),
    '### Parallel Execution',
    `\`\`\`mermaid\ngantt\n    title ${title}\n    dateFormat  D\n${lanes.map((lane) => section(lane, tags)).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function section({ title, letter }: SmallLane, tags: { readonly [task: string]: string }): string {
  const tag = (id: string) => (tags[id] === undefined ? '' : `${tags[id]}, `);
  return [
    `    section ${title}`,
    `    First of ${title}  :${tag(`${letter}1`)}${letter}1, 01, 1d`,
    `    Second of ${title} :${tag(`${letter}2`)}${letter}2, after ${letter}1, 1d`,
  ].join('\n');
}
