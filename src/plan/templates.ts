import { parseDocument, type ScalarTag, type CollectionTag } from 'yaml';

/** What the compiler needs to know of a CloudFormation template. */
export interface Template {
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  /** Names under which outputs are exported; those with `Fn::Sub` as written: `${Environment}-VpcId`. */
  readonly exports: readonly string[];
  readonly imports: readonly string[];
}

const functions = ['Ref', 'Condition', 'GetAtt', 'Sub', 'ImportValue', 'Join', 'Select', 'Split', 'If', 'Equals', 'Not', 'And', 'Or', 'FindInMap', 'Base64', 'Cidr', 'GetAZs', 'Transform', 'ForEach', 'Length', 'ToJsonString'];

/** CloudFormation's short tags, read as their long form. */
const tags: (ScalarTag | CollectionTag)[] = functions.flatMap((name) => {
  const tag = `!${name}`;
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  const long = (value: unknown): unknown => ({ [key]: value });
  return [
    { tag, resolve: (text: string) => long(text) },
    { tag, collection: 'seq' as const, resolve: (node: unknown) => long(toPlain(node)) },
    { tag, collection: 'map' as const, resolve: (node: unknown) => long(toPlain(node)) },
  ] as (ScalarTag | CollectionTag)[];
});

/** Reads a template in YAML or JSON; a sentence says why it cannot be read. */
export function readTemplate(text: string): { readonly template: Template } | { readonly problem: string } {
  const document = parseDocument(text, { customTags: tags });
  const [error] = document.errors;
  if (error !== undefined) return { problem: error.message.split('\n', 1)[0] ?? 'not YAML' };
  const value: unknown = document.toJS();
  if (!isRecord(value) || !isRecord(value['Resources'])) return { problem: 'it has no Resources' };
  const outputs = isRecord(value['Outputs']) ? value['Outputs'] : {};
  const exported = Object.values(outputs).flatMap((output) =>
    isRecord(output) && isRecord(output['Export']) ? [nameText(output['Export']['Name'])] : [],
  );
  return {
    template: {
      parameters: isRecord(value['Parameters']) ? Object.keys(value['Parameters']) : [],
      outputs: Object.keys(outputs),
      exports: exported.filter((name) => name !== undefined),
      imports: [...new Set(importsIn(value))],
    },
  };
}

function importsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(importsIn);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = key === 'Fn::ImportValue' ? nameText(inner) : undefined;
    return name === undefined ? importsIn(inner) : [name];
  });
}

/** A name as text: literal, or the string of a `Fn::Sub`; others (Join and the like) cannot be compared. */
function nameText(name: unknown): string | undefined {
  if (typeof name === 'string') return name;
  if (!isRecord(name)) return undefined;
  const sub = name['Fn::Sub'];
  if (typeof sub === 'string') return sub;
  return Array.isArray(sub) && typeof sub[0] === 'string' ? sub[0] : undefined;
}

function toPlain(node: unknown): unknown {
  const hasToJson = typeof node === 'object' && node !== null && 'toJSON' in node && typeof node.toJSON === 'function';
  return hasToJson ? (node.toJSON as () => unknown).call(node) : node;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
