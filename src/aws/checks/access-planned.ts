import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { templateResources, type TemplateResource } from '../../plan/templates.ts';
import { aFewAtATime } from './at-a-time.ts';
import { addressIn, type LiveEnvironment } from './live.ts';

/** A policy as a template has it. */
export interface PlannedPolicy {
  readonly name: unknown;
  readonly document: unknown;
}

/** What the templates of an environment, as they were deployed, say of roles and policies. */
export interface PlannedAccess {
  /** A resource of one of the stacks. */
  resource(stack: string, logicalId: string): TemplateResource | undefined;
  /** Policies that stand beside the roles that they are put into. */
  readonly policies: readonly PlannedPolicy[];
}

/** Reads the templates of an environment back from CloudFormation. */
export async function plannedAccess(environment: LiveEnvironment): Promise<PlannedAccess> {
  const names = new Set(environment.resources.map(({ stack }) => stack));
  const stacks = environment.stacks.filter(({ stack }) => names.has(stack));
  const templates = await aFewAtATime(stacks, async ({ stack, stackName }) => {
    const { client, signal } = addressIn(environment, stackName);
    const command = new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Original' });
    const { TemplateBody = '' } = await client.send(command, { abortSignal: signal });
    return [stack, templateResources(TemplateBody)] as const;
  });
  const byStack = new Map(templates);
  const all = templates.flatMap(([, resources]) => Object.values(resources));
  return {
    resource: (stack, logicalId) => byStack.get(stack)?.[logicalId],
    policies: all
      .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::RolePolicy')
      .map(({ properties }) => ({ name: properties['PolicyName'], document: properties['PolicyDocument'] })),
  };
}
