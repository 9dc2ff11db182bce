import { readFileSync } from 'node:fs';
import { compilePlan } from '../../src/plan/compile.ts';
import type { Compilation } from '../../src/plan/source.ts';
import type { Plan } from '../../src/plan/model.ts';
import type { Problem } from '../../src/plan/problems.ts';

/** The plan of phase 4, which the format was made for. */
export const phase4 = readFileSync(new URL('../../phases/phase-4/plan.md', import.meta.url), 'utf8');

/** A whole plan with one milestone, to be bent into whatever shape a test is about. */
export const tiny = `# Phase 7: Tiny

## Overview

One milestone.

## Milestone 7.1: Only One (3 days)

### Entry Gate
- Plan approved (from Phase 6)

### Exit Gate
- Work done

### Tasks

#### Day 1-2: First Work
- **Responsible Agent**: Build Agent
- **Activities**:
  - Do this
  - Do that

#### Day 2-3: Second Work
- **Responsible Agent**: Test Agent (with input from Build Agent)
- **Activities**:
  - Look at it

### Parallel Execution
\`\`\`mermaid
gantt
    title Only One
    dateFormat  D
    section First Work
    Build it :a1, 01, 2d
    section Second Work
    Test it  :b1, 02, 2d
\`\`\`

## Phase 7 Dependencies

### Phase Entry Gate
- Plan approved (Phase 6 completion)

### Cross-Agent Dependencies
- **Build → Test**: Nothing to test before

## Quality Gates

### Milestone 7.1 Quality Gate
- Work is good

## Communication Plan

### Daily
- What was done

## Phase 7 Completion Criteria

- Everyone is happy

## Next Phase

Phase 8: Bigger follows.
`;

/** Replaces a part that must be there exactly once. */
export function edit(text: string, part: string, by: string): string {
  const pieces = text.split(part);
  if (pieces.length !== 2) throw new Error(`"${part}" stands ${pieces.length - 1} times in the text`);
  return pieces.join(by);
}

export function compile(text: string): Compilation {
  return compilePlan({ file: 'plan.md', text });
}

/** The plan, for texts that have one. */
export function planOf(text: string): Plan {
  const { plan, problems } = compile(text);
  if (plan === undefined) throw new Error(lines(problems).join('\n'));
  return plan;
}

/** Problems as `code line:column`. */
export function lines(problems: readonly Problem[], severity?: Problem['severity']): string[] {
  return problems
    .filter((problem) => severity === undefined || problem.severity === severity)
    .map(({ code, place }) => `${code} ${place.line}:${place.column}`);
}

/** What is wrong with a text, as `code line:column`. */
export function errorsIn(text: string): string[] {
  return lines(compile(text).problems, 'error');
}

export function findingsIn(text: string): string[] {
  return lines(compile(text).problems, 'finding');
}

/** `line:column` of some words of a text, counted from 1. */
export function placeOf(text: string, words: string): string {
  const before = text.slice(0, text.indexOf(words)).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`;
}
