import { isScalar } from 'yaml';
import type { z } from 'zod';

/**
 * What is wrong with a value, in words for those who do not write code. What a schema says in words of its own stays.
 *
 * @param value as it stands in the playbook
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
