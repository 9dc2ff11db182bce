import { isRecord, own } from '../../base/json.ts';
import type { Section } from '../../plan/section.ts';
import { bindStacks, type BoundStacks } from './bind.ts';
import { reportDeployments } from './deployments.ts';
import { environmentKeys, type GivenStacks, keepsProtected, longStack, stacksShape } from './shape.ts';

/** The section `stacks` of a playbook: CloudFormation templates, their parameters and their deployment settings. */
export const stacksSection: Section<GivenStacks, BoundStacks> = {
  key: 'stacks',
  noun: 'stack',
  shape: stacksShape,
  entryKeys: Object.keys(longStack.shape),
  environment: environmentKeys,
  environmentRule: {
    holds: keepsProtected,
    message: 'no stack is deleted in a protected environment: leave "recreate" and "retryDelete" out',
  },
  files(value) {
    const stacks = isRecord(value) ? Object.values(value) : [];
    return stacks.map((one) => (isRecord(one) ? one['template'] : one)).filter((path) => typeof path === 'string');
  },
  bind: bindStacks,
  report: reportDeployments,
  needs: ({ imports }, stack) => own(imports, stack) ?? [],
  outputs: ({ templates }, stack) => own(templates, stack)?.outputs,
};
