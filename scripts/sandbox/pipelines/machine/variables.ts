import type { Execution } from './state.ts';

/** `#{namespace.variable}` */
const REFERENCE = /#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}/g;

export interface Reference {
  readonly namespace: string;
  readonly variable: string;
}

export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

/** Namespaces that every pipeline has. */
export const builtIn: readonly string[] = ['variables', 'codepipeline'];

export function references(text: string): Reference[] {
  return [...text.matchAll(REFERENCE)].map(([, namespace = '', variable = '']) => ({ namespace, variable }));
}

/** @throws UnresolvedReference when a variable has no value in this execution */
export function resolve(text: string, execution: Execution): string {
  return text.replaceAll(REFERENCE, (reference, namespace: string, variable: string) => {
    const value = valueOf({ namespace, variable }, execution);
    if (value === undefined) throw new UnresolvedReference(`${reference} has no value in this execution.`);
    return value;
  });
}

export function resolveAll(
  texts: { readonly [key: string]: string },
  execution: Execution,
): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, resolve(text, execution)]));
}

function valueOf({ namespace, variable }: Reference, execution: Execution): string | undefined {
  if (namespace === 'variables') return execution.variables[variable];
  if (namespace === 'codepipeline') return variable === 'PipelineExecutionId' ? execution.id : undefined;
  return execution.namespaces[namespace]?.[variable];
}
