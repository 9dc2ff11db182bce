import { z } from 'zod';
import { counted } from '../../base/text.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import {
  type ActivityTools,
  NeedsApproval,
  type StepCall,
  type StepDefinition,
  type StepResult,
} from '../../contract/kinds.ts';
import type { BindContext } from '../../plan/kinds.ts';
import type { DestructiveChange } from './engine/changes.ts';
import type { DeployedStack } from './engine/deploy.ts';
import type { StackDeployment } from './engine/deployment.ts';
import type { AwaitingApproval } from './engine/review.ts';
import { knownStacks, orderedDrafts, stackInput } from './places.ts';

const names = z.array(z.string()).min(1, 'names of stacks');

const longEntry = z.strictObject({
  names: names.describe('Names of stacks.'),
  promote: z.boolean().default(false).describe('Environments one after the other, in the order of the playbook.'),
});

/**
 * `stacks: [network, access]`: deploys each stack to every environment, in parallel as far as imports allow. With
 * `{names: [network, access], promote: true}`, environments are deployed one after the other, in the order of the playbook.
 */
export const stacksStep: StepDefinition<readonly string[] | z.output<typeof longEntry>> = {
  kind: 'stacks',
  summary: 'stacks of the playbook, deployed to every environment, in parallel as far as their imports allow',
  entry: z.union([names, longEntry]),
  profile: 'wait',
  coverage: 'automated',
  settles: true,
  deploys: (entry) => (isList(entry) ? entry : entry.names).map((name) => `stacks.${name}`),
  expand(entry, context) {
    const { names, promote, at } = isList(entry)
      ? { names: entry, promote: false, at: [] }
      : { ...entry, at: ['names'] };
    if (Object.keys(context.everyEnvironment).length === 0) {
      context.problem('the playbook has no environments to deploy to', { suggestion: 'Add "environments:".' });
    }
    const within: BindContext = {
      ...context,
      problem: (message, options) => {
        context.problem(message, { ...options, at: [...at, ...(options?.at ?? [])] });
      },
    };
    return orderedDrafts(knownStacks(names, within), context, promote);
  },
  async run(call, tools) {
    const existing = existingInput.safeParse(call.input);
    if (existing.success) return findExistingStack(existing.data, tools);
    const { deployStack } = await import('./engine/deploy.ts');
    const { inWords } = await import('./engine/changes.ts');
    const deployment = await deploymentOf(call, tools);
    const { stackName } = deployment;
    const asking = (awaiting: AwaitingApproval) => askingFor(stackName, awaiting, inWords);
    // The deadline counts from the start of the first attempt, without the time in the task queue.
    const begunAt = earlier.safeParse(tools.shown).data?.begunAt ?? Date.now();
    const deployed = await keepBeating(tools, { stack: stackName, status: 'looking', begunAt }, (show) =>
      deployStack(deployment, {
        // A run of the activity that asked for approval belongs to the same deployment, so this is not its first attempt.
        isFirstAttempt: tools.attempt === 1 && call.approved === undefined,
        isApproved: (awaiting) => call.approved?.includes(asking(awaiting).changes.sha256) === true,
        begunAt,
        onProgress: (progress) => {
          show({ stack: stackName, ...progress, begunAt });
        },
      }),
    );
    if (deployed.outcome === 'needs approval') throw asking(deployed);
    if (deployed.reason !== undefined) tools.log(`${stackName} unchanged: ${deployed.reason}`, { stack: stackName });
    return {
      outputs: deployed.outputs,
      evidence: [{ where: deployed.stackId, ...sha256Of(deployment) }],
      note: noteOf(stackName, deployed),
    };
  },
  async settle(call, tools) {
    // An existing stack was only read.
    if (existingInput.safeParse(call.input).success) return {};
    const { settleStack } = await import('./engine/settle.ts');
    const deployment = await deploymentOf(call, tools);
    const { stackName } = deployment;
    const done = await keepBeating(tools, { stack: stackName, status: 'settling' }, (show) =>
      settleStack(deployment, {
        onStatus: (status) => {
          show({ stack: stackName, status });
        },
      }),
    );
    return { note: `${stackName}: ${done}` };
  },
};

/** Heartbeat details of an earlier attempt. */
const earlier = z.object({ begunAt: z.number() });

async function deploymentOf(call: StepCall, tools: ActivityTools): Promise<StackDeployment> {
  const { cloudFormation } = await import('../../aws/clients.ts');
  const { template, digest, role, ...input } = stackInput.parse(call.input);
  return {
    ...input,
    client: cloudFormation(input.region, role),
    signal: tools.signal,
    identity: call.identity,
    template: { folder: tools.phaseDir, path: template, digest },
  };
}

/** Makes the request for approval. It covers exactly this change set, which cannot change, and this template. */
function askingFor(
  stackName: string,
  { changes, isForeign, changeSetId, digest }: AwaitingApproval,
  inWords: (change: DestructiveChange) => string,
): NeedsApproval {
  return new NeedsApproval(
    changes.map((change) => `${stackName}${isForeign ? ', not made by this phase' : ''}: ${inWords(change)}`),
    `${changeSetId} (${digest.slice(0, 12)})`,
  );
}

function noteOf(stackName: string, { outcome, resources, orphans, reason }: DeployedStack): string {
  if (reason !== undefined) return `${stackName} unchanged: ${reason}`;
  const left = orphans.length === 0 ? '' : `; these resources could not be deleted and remain: ${orphans.join('; ')}`;
  return `${stackName} ${outcome}, ${counted(resources, 'resource')}${left}`;
}

function sha256Of({ template }: StackDeployment): { sha256?: string } {
  return template.digest === null ? {} : { sha256: template.digest };
}

function isList(entry: readonly string[] | object): entry is readonly string[] {
  return Array.isArray(entry);
}

/** Input of a `step.stacks` activity for an existing stack. */
const existingInput = z.object({
  existing: z.literal(true),
  stackName: z.string(),
  region: z.string(),
  role: z.string().optional(),
});

/** Waits until an existing stack is complete, and publishes its outputs. Changes nothing. */
async function findExistingStack(
  { stackName, region, role }: z.output<typeof existingInput>,
  tools: ActivityTools,
): Promise<StepResult> {
  const { cloudFormation } = await import('../../aws/clients.ts');
  const { findCompleteStack } = await import('./engine/find.ts');
  const address = { client: cloudFormation(region, role), region, stackName, signal: tools.signal };
  const { stackId, outputs } = await keepBeating(tools, { stack: stackName, status: 'looking' }, (show) =>
    findCompleteStack(address, {
      onStatus: (status) => {
        show({ stack: stackName, status });
      },
    }),
  );
  return { outputs, evidence: [{ where: stackId }], note: `${stackName} exists, not deployed by this phase` };
}
