import { referencesIn } from '../../plan/references.ts';

/**
 * The value of a parameter before its references are resolved: texts, outputs of stacks, and outputs of tasks, which are known only
 * when the task is done.
 */
export type LaterValue = readonly (
  | string
  // Without an environment, the stack is the one near whoever refers.
  | { readonly stack: string; readonly output: string; readonly environment?: string }
  | { readonly published: string }
)[];

/** Splits a value of the playbook at its references. */
export function laterValue(text: string): LaterValue {
  return text
    .split(/(\{\{[^{}]*\}\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const [reference] = referencesIn(part);
      if (reference === undefined) return part;
      const { stack, name, environment } = reference;
      if (stack === undefined) return { published: reference.text };
      return { stack, output: name, ...(environment === undefined ? {} : { environment }) };
    });
}

/**
 * Resolves a value with the outputs that exist now, or names the first reference that has none.
 *
 * @param outputsOf returns the outputs of a stack, or `undefined` when it does not exist
 */
export async function valueNow(
  value: LaterValue,
  outputsOf: (
    stack: string,
    environment: string | undefined,
  ) => Promise<{ readonly [name: string]: string } | undefined>,
): Promise<{ readonly text: string } | { readonly missing: string }> {
  let text = '';
  for (const part of value) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    if ('published' in part) return { missing: part.published };
    const found = (await outputsOf(part.stack, part.environment))?.[part.output];
    if (found === undefined)
      return {
        missing: `${part.environment === undefined ? '' : `${part.environment}:`}stacks.${part.stack}.${part.output}`,
      };
    text += found;
  }
  return { text };
}
