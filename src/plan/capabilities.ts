import { templateResources } from './templates.ts';

/** What a template asks of `capabilities`, and for which of its resources. */
export interface NeededCapability {
  readonly capability: 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM';
  /** Logical ids. */
  readonly resources: readonly string[];
}

/**
 * Types that have to be acknowledged, and the property that gives them a name of their own, where they may have one:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
 */
const types: { readonly [type: string]: string | null } = {
  'AWS::IAM::AccessKey': null,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': null,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': null,
};

/**
 * The capability that CloudFormation will want for a template, as far as its text tells; macros and nested stacks may want more.
 * CAPABILITY_AUTO_EXPAND is none of them: it does not apply to change sets, and every deployment is one.
 */
export function neededCapability(template: string): NeededCapability | undefined {
  const all = Object.entries(templateResources(template)).filter(([, { type }]) => Object.hasOwn(types, type));
  const named = all.filter(([, { type, properties }]) => isName(properties[types[type] ?? '']));
  const ids = (entries: typeof all) => entries.map(([id]) => id);
  if (named.length > 0) return { capability: 'CAPABILITY_NAMED_IAM', resources: ids(named) };
  return all.length === 0 ? undefined : { capability: 'CAPABILITY_IAM', resources: ids(all) };
}

/** What hangs on a condition may be no name. */
function isName(value: unknown): boolean {
  return value !== undefined && !(typeof value === 'object' && value !== null && 'Fn::If' in value);
}
