import { isScalar } from 'yaml';
import { z } from 'zod';

/**
 * Describes an issue of zod for readers who do not program. A message that a schema supplies is kept.
 *
 * @param value the value in the playbook
 */
export function shapeInWords(issue: z.core.$ZodIssue, value: unknown): string {
  const written = isScalar(value) ? value.value : value;
  if (issue.code === 'invalid_value') return `write ${oneOf(issue.values)}`;
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input: expected')) return issue.message;
  if (written === undefined) return `"${String(issue.path.at(-1) ?? '')}" is missing`;
  const example =
    typeof written === 'string' || typeof written === 'number' ? `[${String(written)}]` : '[one, another]';
  const forms: { readonly [expected: string]: string } = {
    array: `this is a list; write ${example}`,
    object: 'this holds keys with values of their own, such as { key: value }',
    record: 'this holds keys with values of their own, such as { key: value }',
    string: 'this is a text; write it in quotes',
    boolean: 'write true or false',
    number: 'write a number',
    int: 'write a whole number',
  };
  return forms[issue.expected] ?? issue.message;
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  const [last = ''] = texts.slice(-1);
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} or ${last}`;
}

/** Keys that a shape knows at a path below its value, in any of its alternatives. */
export function keysInShape(shape: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const keys = formsAt(shape, path).flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : []));
  return [...new Set(keys)];
}

function formsAt(shape: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  const [key, ...rest] = path;
  return formsOf(shape).flatMap((form) => {
    if (key === undefined) return [form];
    const inner = innerOf(form, key);
    return inner === undefined ? [] : formsAt(inner, rest);
  });
}

function innerOf(form: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const inner: unknown =
    form instanceof z.ZodObject ? form.shape[String(key)] : form instanceof z.ZodArray ? form.element : undefined;
  return inner instanceof z.ZodType ? inner : undefined;
}

/** The alternatives of a shape: unions are split up, and `optional` and `default` are unwrapped. */
function formsOf(shape: z.ZodType): z.ZodType[] {
  if (shape instanceof z.ZodUnion) return (shape.options as z.ZodType[]).flatMap(formsOf);
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault) return formsOf(shape.unwrap() as z.ZodType);
  return [shape];
}
