import type { CollectionTag, ScalarTag } from 'yaml';
import { isRecord } from '../../base/json.ts';
import { readYaml } from '../../base/yaml.ts';

/** The parts of a CloudFormation template that the compiler uses. */
export interface Template {
  readonly parameters: readonly string[];
  /** Parameters without a default. */
  readonly required: readonly string[];
  readonly outputs: readonly string[];
  /** Export names of the outputs. Names with `Fn::Sub` are kept as written: `${Environment}-VpcId`. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
  /** Default values by parameter. */
  readonly defaults: { readonly [parameter: string]: string };
  /** Parameters with `NoEcho`, whose values AWS never shows. */
  readonly secret: readonly string[];
  readonly hasNestedStacks: boolean;
  /** True when the result also depends on values in Systems Manager, macros or other templates, not only on its text and parameters. */
  readonly dependsOnMore: boolean;
}

type Read = { readonly template: Template } | { readonly problem: string };

/** Reads a template in YAML or JSON, or returns the reason why it cannot be read. Never throws. */
export function readTemplate(text: string): Read {
  const read = templateValue(text);
  return 'problem' in read ? read : summary(read.value);
}

/** Reads a template as plain data, with CloudFormation's short tags in their long form, or returns the reason why it cannot be read. */
export function templateValue(text: string): { readonly value: unknown } | { readonly problem: string } {
  const { value, errors, lines } = readYaml(text, { customTags: shortForms });
  const [error] = errors;
  if (error === undefined) return { value };
  return { problem: `${error.message}, in line ${lines.linePos(error.offset).line}` };
}

/** A resource of a template, with CloudFormation's functions in their long forms. */
export interface TemplateResource {
  readonly type: string;
  readonly properties: { readonly [name: string]: unknown };
}

/** Resources of a template in YAML or JSON, by logical id; empty when it cannot be read. */
export function templateResources(text: string): { readonly [logicalId: string]: TemplateResource } {
  const { value } = readYaml(text, { customTags: shortForms });
  const resources = isRecord(value) && isRecord(value['Resources']) ? value['Resources'] : {};
  return Object.fromEntries(
    Object.entries(resources).flatMap(([id, resource]) => {
      if (!isRecord(resource) || typeof resource['Type'] !== 'string') return [];
      return [
        [id, { type: resource['Type'], properties: isRecord(resource['Properties']) ? resource['Properties'] : {} }],
      ];
    }),
  );
}

function summary(value: unknown): Read {
  if (!isRecord(value) || !isRecord(value['Resources'])) return { problem: 'it has no Resources' };
  const parameters = isRecord(value['Parameters']) ? value['Parameters'] : {};
  const outputs = isRecord(value['Outputs']) ? value['Outputs'] : {};
  const typed = Object.entries(parameters).filter((entry): entry is [string, Fields] => isRecord(entry[1]));
  const hasNestedStacks = Object.values(value['Resources']).some(
    (one) => isRecord(one) && one['Type'] === 'AWS::CloudFormation::Stack',
  );
  const looksUp = typed.some(
    ([, { Type }]) => typeof Type === 'string' && Type.startsWith('AWS::SSM::Parameter::Value'),
  );
  const exported = Object.values(outputs).map((output) =>
    isRecord(output) && isRecord(output['Export']) ? nameText(output['Export']['Name']) : undefined,
  );
  return {
    template: {
      parameters: Object.keys(parameters),
      required: Object.entries(parameters).flatMap(([name, one]) => (isRecord(one) && 'Default' in one ? [] : [name])),
      outputs: Object.keys(outputs),
      exports: exported.filter((name) => name !== undefined),
      imports: [...new Set(importsIn(value))],
      defaults: Object.fromEntries(
        typed.flatMap(([name, { Default }]) => (isScalar(Default) ? [[name, String(Default)]] : [])),
      ),
      secret: typed.flatMap(([name, { NoEcho }]) => (NoEcho === true || NoEcho === 'true' ? [name] : [])),
      hasNestedStacks,
      dependsOnMore: hasNestedStacks || looksUp || 'Transform' in value || has(value, 'Fn::Transform'),
    },
  };
}

type Fields = { readonly [key: string]: unknown };

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** True when a key occurs anywhere within a value. */
function has(value: unknown, key: string): boolean {
  if (Array.isArray(value)) return value.some((inner) => has(inner, key));
  return isRecord(value) && (Object.hasOwn(value, key) || Object.values(value).some((inner) => has(inner, key)));
}

function importsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(importsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = key === 'Fn::ImportValue' ? nameText(inner) : undefined;
    return name === undefined ? importsIn(inner) : [name];
  });
}

/** A name as text: a literal, or the string of a `Fn::Sub`. Other functions, such as `Fn::Join`, cannot be compared. */
function nameText(name: unknown): string | undefined {
  if (typeof name === 'string') return name;
  if (!isRecord(name)) return undefined;
  const sub: unknown = name['Fn::Sub'];
  const text: unknown = Array.isArray(sub) ? sub[0] : sub;
  return typeof text === 'string' ? text : undefined;
}

const functions = ['And', 'Base64', 'Cidr', 'Equals', 'FindInMap', 'GetAtt', 'GetAZs', 'If', 'ImportValue', 'Join'];
const moreFunctions = ['Length', 'Not', 'Or', 'Select', 'Split', 'Sub', 'ToJsonString', 'Transform'];
const longKeys: readonly (readonly [string, string])[] = [
  ['Ref', 'Ref'],
  ['Condition', 'Condition'],
  ...[...functions, ...moreFunctions].map((name) => [name, `Fn::${name}`] as const),
];

/** CloudFormation's short tags (`!Sub text`), read as their long forms (`{Fn::Sub: text}`). */
const shortForms = longKeys.flatMap(([name, key]): (ScalarTag | CollectionTag)[] => {
  const tag = `!${name}`;
  const long = (value: unknown): unknown => ({ [key]: value });
  return [
    { tag, resolve: long },
    { tag, collection: 'seq', resolve: (items) => long(items.toJSON()) },
    { tag, collection: 'map', resolve: (items) => long(items.toJSON()) },
  ];
});

/** A capability that a template needs, with the resources that need it. */
export interface NeededCapability {
  readonly capability: 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM';
  /** Logical ids. */
  readonly resources: readonly string[];
}

/**
 * Resource types that need a capability. The value is the property for a custom name, or `null` for a type without one:
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
 * The capability that CloudFormation requires for a template, as far as its text shows: macros and nested stacks may need more.
 * CAPABILITY_AUTO_EXPAND does not matter: it does not apply to change sets, and every deployment uses one.
 */
export function neededCapability(template: string): NeededCapability | undefined {
  const all = Object.entries(templateResources(template)).filter(([, { type }]) => Object.hasOwn(types, type));
  const named = all.filter(([, { type, properties }]) => isName(properties[types[type] ?? '']));
  const ids = (entries: typeof all) => entries.map(([id]) => id);
  if (named.length > 0) return { capability: 'CAPABILITY_NAMED_IAM', resources: ids(named) };
  return all.length === 0 ? undefined : { capability: 'CAPABILITY_IAM', resources: ids(all) };
}

/** True for a custom name. A name that depends on a condition does not count, because it may be absent. */
function isName(value: unknown): boolean {
  return value !== undefined && !(typeof value === 'object' && value !== null && 'Fn::If' in value);
}
