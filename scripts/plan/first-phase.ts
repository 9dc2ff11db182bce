/** A small plan that compiles, to be rewritten line by line. */
export function firstPlan(name: string): string {
  const number = numberOf(name);
  const title = name
    .replace(/[-_.]+/g, ' ')
    .replace(/\d+/g, '')
    .trim();
  const words = title === '' || title.toLowerCase() === 'phase' ? 'First Steps' : capitalised(title);
  return `# Phase ${number}: ${words}

<!-- The format is described in docs/plan-format.md. Headings, "Day x-y" and the charts count; rewrite everything else. -->

## Overview

What this phase is for, in a sentence or two.

## Milestone ${number}.1: Build (3 days)

### Entry Gate
- Design approved

### Exit Gate
- Component built

### Tasks

<!-- One "Day x-y" block for each section of the chart below, in the same order: together they are a lane. -->

#### Day 1-3: Component
- **Responsible Agent**: Build Agent
- **Activities**:
  - Build the component
  - Document it

### Parallel Execution
\`\`\`mermaid
gantt
    title Milestone ${number}.1: Build
    dateFormat  D
    section Component
    Build    :a1, 01, 2d
    Document :a2, after a1, 1d
\`\`\`

## Milestone ${number}.2: Try (1 day)

### Entry Gate
- Component built (from Milestone ${number}.1)

### Exit Gate
- Component tried

### Tasks

#### Day 1: Trial
- **Responsible Agent**: Trial Agent (with input from Build Agent)
- **Activities**:
  - Use the component

### Parallel Execution
\`\`\`mermaid
gantt
    title Milestone ${number}.2: Try
    dateFormat  D
    section Trial
    Use it :a1, 01, 1d
\`\`\`

## Phase ${number} Dependencies

### Phase Entry Gate
- Budget approved

### Milestone Dependencies
- **Milestone ${number}.1 → Milestone ${number}.2**: There must be something to try

### Cross-Agent Dependencies
- **Build → Trial**: The component is what is tried

## Quality Gates

### Milestone ${number}.1 Quality Gate
- Component reviewed

### Milestone ${number}.2 Quality Gate
- No open complaints

## Communication Plan

### Daily
- What was done, and what is in the way

## Phase ${number} Completion Criteria

- Component in use

## Next Phase

Phase ${Number(number) + 1}: Whatever comes next.
`;
}

/** Binds nothing yet: the people listed do everything. */
export function firstPlaybook(name: string): string {
  return `# How the plan beside this file is carried out; docs/playbook.md explains every key.
# What is left out here is done by people: they complete the task, or approve the criterion.
# Completion in editors: npm run plan -- schema > playbook.schema.json, then as the first line of this file
#   # yaml-language-server: $schema=playbook.schema.json

people:
  dana: { roles: [Stakeholder] }
  ines: { agents: [Build Agent], roles: [Delivery Lead] }
  tess: { agents: [Trial Agent] }

# Roles that may retry, skip, waive, reject, resubmit, recheck, hold and release.
operators: [Delivery Lead]

gates:
  entry:
    1: { approve: Stakeholder }
  completion:
    1: { approve: Stakeholder }

# To let a program do a task of the plan, name the task's Gantt id, the program and what it covers:
# milestones:
#   '${numberOf(name)}.1':
#     tasks:
#       a1: { command: [node, suites/build.mjs], covers: [Build the component] }
#     exit:
#       1: { approve: Delivery Lead }
`;
}

/** `phase-7` holds phase 7. */
function numberOf(name: string): string {
  return /\d+/.exec(name)?.[0] ?? '1';
}

function capitalised(words: string): string {
  return words.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
