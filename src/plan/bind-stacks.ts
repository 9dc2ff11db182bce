import { sortGraph } from './graph.ts';
import type { StackEntry } from './kinds.ts';
import { sha256 } from './digest.ts';
import type { PlaybookReader } from './playbook-reader.ts';
import type { Playbook, PlaybookStack } from './playbook.ts';
import { readTemplate, type Template } from './templates.ts';
import { referencesIn } from './references.ts';

/** The playbook's stacks with what their templates say. */
export interface BoundStacks {
  readonly entries: { readonly [name: string]: StackEntry };
  readonly templates: { readonly [name: string]: Template };
  /** Why a stack cannot be deployed: its template is missing or cannot be read. */
  readonly broken: { readonly [name: string]: string };
  /** By stack: the stacks whose exports it imports, or whose outputs its parameters refer to. */
  readonly imports: { readonly [name: string]: readonly string[] };
  readonly order: readonly string[];
}

/** Reads every stack's template and orders the stacks so that each follows what it imports. */
export function bindStacks(
  playbook: Playbook,
  texts: { readonly [path: string]: string | null },
  reader: PlaybookReader,
): BoundStacks {
  const entries: { [name: string]: StackEntry } = {};
  const templates: { [name: string]: Template } = {};
  const broken: { [name: string]: string } = {};
  for (const [name, given] of Object.entries(playbook.stacks)) {
    const stack = typeof given === 'string' ? { ...plain, template: given } : given;
    const text = texts[stack.template] ?? null;
    const read = text === null ? { problem: 'it does not exist in the phase folder' } : readTemplate(text);
    if ('template' in read) templates[name] = read.template;
    else broken[name] = `template ${stack.template} of stack ${name}: ${read.problem}`;
    entries[name] = entryOf(stack, text, templates[name]);
    for (const parameter of 'template' in read ? Object.keys(stack.parameters) : []) {
      if (templates[name]?.parameters.includes(parameter) === true) continue;
      const path = ['stacks', name, 'parameters', parameter];
      reader.error('unknown-parameter', path, `${stack.template} declares no parameter "${parameter}"`);
    }
  }
  const imports = importsOf(entries, templates);
  const { order, cycles } = sortGraph(Object.keys(entries), (name) => imports[name] ?? []);
  for (const cycle of cycles) {
    reader.error('stack-cycle', ['stacks', cycle[0] ?? ''], `stacks import from each other in a circle: ${cycle.join(' → ')}`);
  }
  return { entries, templates, broken, imports, order };
}

const plain = { per: 'environment' as const, parameters: {}, capabilities: [], tags: {} };

function entryOf(
  stack: Exclude<PlaybookStack, string>,
  text: string | null,
  template: Template | undefined,
): StackEntry {
  return {
    template: stack.template,
    digest: text === null ? null : sha256(text),
    per: stack.per,
    declaredParameters: template?.parameters ?? [],
    parameters: stack.parameters,
    capabilities: stack.capabilities,
    tags: stack.tags,
  };
}

function importsOf(
  entries: { readonly [name: string]: StackEntry },
  templates: { readonly [name: string]: Template },
): { [name: string]: string[] } {
  const exporter = new Map<string, string>();
  for (const [name, { exports }] of Object.entries(templates)) {
    for (const exported of exports) exporter.set(exported, name);
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, { parameters }]) => {
      const exporters = (templates[name]?.imports ?? []).map((imported) => exporter.get(imported));
      const referred = referencesIn(parameters).map(({ stack }) => stack);
      const others = [...exporters, ...referred].filter((other) => other !== undefined && other !== name && other in entries);
      return [name, [...new Set(others as string[])]];
    }),
  );
}
