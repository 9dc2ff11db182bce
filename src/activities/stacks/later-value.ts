import { referencesIn } from '../../plan/references.ts';

/**
 * A parameter's value while what it refers to need not exist yet: text, outputs of stacks, and what a task publishes, which is
 * known only when that is done.
 */
export type LaterValue = readonly (
  string | { readonly stack: string; readonly output: string } | { readonly published: string }
)[];

/** Takes a value of the playbook apart at its references. */
export function laterValue(text: string): LaterValue {
  return text
    .split(/(\{\{[^{}]*\}\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const [reference] = referencesIn(part);
      if (reference === undefined) return part;
      const { stack, name } = reference;
      return stack === undefined ? { published: reference.text } : { stack, output: name };
    });
}

/**
 * The value as it would be now.
 *
 * @param outputsOf outputs of a stack; nothing where it does not exist
 */
export async function valueNow(
  value: LaterValue,
  outputsOf: (stack: string) => Promise<{ readonly [name: string]: string } | undefined>,
): Promise<{ readonly text: string } | { readonly missing: string }> {
  let text = '';
  for (const part of value) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    if ('published' in part) return { missing: part.published };
    const found = (await outputsOf(part.stack))?.[part.output];
    if (found === undefined) return { missing: `stacks.${part.stack}.${part.output}` };
    text += found;
  }
  return { text };
}
