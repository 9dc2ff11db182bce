import { kinds } from '../../src/activities/registry.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { Compilation } from '../../src/plan/source.ts';
import type { Criterion } from '../../src/plan/gate-model.ts';
import type { Plan, Task } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { lines, placeOf } from './document-text.ts';

/** Two milestones, one after the other; lanes with two tasks, one of them with a contributing agent. */
export const planText = `# Phase 9: Bound

## Overview

For playbooks.

## Milestone 9.1: Build (2 days)

### Entry Gate
- Budget approved
- Site ready

### Exit Gate
- Network built
- Network tested
- Servers built

### Tasks

#### Day 1-2: Network
- **Responsible Agent**: Infra Agent
- **Activities**:
  - Create the network
  - Create the keys
  - Write the handbook

#### Day 1-2: Servers
- **Responsible Agent**: Server Agent (with input from Infra Agent)
- **Activities**:
  - Create the servers
  - Harden the servers

### Parallel Execution
\`\`\`mermaid
gantt
    title Build
    dateFormat  D
    section Network
    Make network :a1, 01, 1d
    Make keys    :a2, after a1, 1d
    section Servers
    Make servers :b1, 01, 1d
    Harden       :b2, after b1, 1d
\`\`\`

## Milestone 9.2: Try (1 day)

### Entry Gate
- Everything built

### Exit Gate
- Everything tried

### Tasks

#### Day 1: Trial
- **Responsible Agent**: Trial Agent
- **Activities**:
  - Try it

### Parallel Execution
\`\`\`mermaid
gantt
    title Try
    dateFormat  D
    section Trial
    Try it :a1, 01, 1d
\`\`\`

## Phase 9 Dependencies

### Phase Entry Gate
- Budget approved

### Milestone Dependencies
- **Milestone 9.1 → Milestone 9.2**: Something to try

### Cross-Agent Dependencies
- **Server → Trial**: Something to try

## Quality Gates

### Milestone 9.1 Quality Gate
- Network documented

### Milestone 9.2 Quality Gate
- No complaints

## Communication Plan

### Daily
- News

## Phase 9 Completion Criteria

- Everyone is happy

## Next Phase

Phase 10: Rest.
`;

/** Templates by path: \`network\` exports what \`servers\` imports; \`keys\` stands alone. */
export const templates = {
  'network.yaml': `
Parameters:
  Cidr: { Type: String, Default: 10.0.0.0/16 }
Resources:
  Vpc: { Type: AWS::EC2::VPC }
Outputs:
  VpcId:
    Value: !Ref Vpc
    Export: { Name: !Sub '\${AWS::Region}-VpcId' }
`,
  'servers.yaml': `
Parameters:
  Key: { Type: String, Default: '' }
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      VpcId: !ImportValue
        Fn::Sub: '\${AWS::Region}-VpcId'
Outputs:
  Url: { Value: !GetAtt Group.Url }
`,
  'keys.yaml': `
Resources:
  Key: { Type: AWS::KMS::Key }
Outputs:
  KeyId: { Value: !Ref Key }
`,
};

/** Environments and stacks, to be put before what a test is about. */
export const places = `environments:
  dev: { region: eu-west-1 }
  prod: { region: eu-west-1, protected: true }
stacks:
  network: network.yaml
  keys: keys.yaml
  servers: servers.yaml
`;

export interface Given {
  readonly templates?: { readonly [path: string]: string | null };
  readonly phase?: string;
}

export function compileWith(playbook: string, given: Given = {}): Compilation {
  const source = { file: 'playbook.yaml', text: playbook, phase: 'phase-9', templates, kinds, ...given };
  return compilePlan({ file: 'plan.md', text: planText }, source);
}

/** The bound plan, for playbooks without errors. */
export function bound(playbook: string, given?: Given): Plan {
  const { plan, problems } = compileWith(playbook, given);
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (plan === undefined || errors.length > 0) throw new Error(errors.join('\n'));
  return plan;
}

/** What is wrong with a playbook, as `code line:column`. */
export function errorsIn(playbook: string, given?: Given): string[] {
  return lines(compileWith(playbook, given).problems, 'error');
}

/** What is questioned in a playbook, as `code line:column`. */
export function findingsIn(playbook: string, given?: Given): string[] {
  const { problems } = compileWith(playbook, given);
  return lines(
    problems.filter(({ place }) => place.file === 'playbook.yaml'),
    'finding',
  );
}

export function taskOf(plan: Plan, ref: string): Task {
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks));
  const task = tasks.find((one) => one.ref === ref);
  if (task === undefined) throw new Error(`no task ${ref}`);
  return task;
}

export function criterionOf(plan: Plan, id: string): Criterion {
  const criterion = gatesOf(plan)
    .flatMap(({ criteria }) => criteria)
    .find((one) => one.id === id);
  if (criterion === undefined) throw new Error(`no criterion ${id}`);
  return criterion;
}

export interface MarkedCase {
  readonly name: string;
  /** A playbook with «one place marked», where the problem is to be reported. */
  readonly marked: string;
  readonly code: string;
  /** Part of what the author is told: message, expectation or suggestion. */
  readonly told?: string;
}

/** A playbook with tasks of milestone 9.1. */
export const withTasks = (text: string) => `${places}milestones:\n  '9.1':\n    tasks:\n      ${text}\n`;

export function unmark(marked: string): { text: string; place: string } {
  const place = marked.includes('«') ? placeOf(marked, '«') : '';
  return { text: marked.replace('«', ''), place };
}
