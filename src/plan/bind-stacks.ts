import { neededCapability, type NeededCapability } from './capabilities.ts';
import type { PlaybookSource } from './compile.ts';
import { sha256 } from './digest.ts';
import { sortGraph } from './graph.ts';
import type { StackEntry } from './kinds.ts';
import { meantBy } from './match.ts';
import { own } from './own.ts';
import type { PlaybookReader } from './playbook-reader.ts';
import { longForm, type PlaybookStack } from './playbook-stacks.ts';
import type { Playbook } from './playbook.ts';
import { referencesIn } from './references.ts';
import { reportStackNames } from './bind-stack-names.ts';
import { readTemplate, type Template } from './templates.ts';

type ByStack<Value> = { readonly [stack: string]: Value };

/** The playbook's stacks with what their templates say. */
export interface BoundStacks {
  readonly entries: ByStack<StackEntry>;
  /** Templates that exist and can be read. */
  readonly templates: ByStack<Template>;
  /** Why a stack cannot be deployed: its template is missing or cannot be read. */
  readonly broken: ByStack<string>;
  /** What CloudFormation will want to be acknowledged; absent where nothing. */
  readonly capabilities: ByStack<NeededCapability>;
  /** The stacks whose exports a stack imports. */
  readonly imports: ByStack<readonly string[]>;
  /** These, and those that its parameters refer to: what has to be deployed before it. */
  readonly before: ByStack<readonly string[]>;
  /** So that each follows what has to be deployed before it. */
  readonly order: readonly string[];
}

/** Reads every stack's template and orders the stacks. */
export function bindStacks(
  playbook: Playbook,
  { phase, templates: texts }: Pick<PlaybookSource, 'phase' | 'templates'>,
  reader: PlaybookReader,
): BoundStacks {
  const entries: { [stack: string]: StackEntry } = {};
  const templates: { [stack: string]: Template } = {};
  const broken: { [stack: string]: string } = {};
  const capabilities: { [stack: string]: NeededCapability } = {};
  for (const [name, given] of Object.entries(playbook.stacks)) {
    const { template: path = '', existing, exports: _exports, ...stack } = longForm(given);
    if (existing !== undefined) {
      entries[name] = { existing, template: '', digest: null, declaredParameters: [], ...stack };
      unusableExistingName(name, existing, stack, reader);
      continue;
    }
    const text = own(texts, path) ?? null;
    const read = text === null ? { problem: '' } : readTemplate(text);
    const needs = text === null ? undefined : neededCapability(text);
    if (needs !== undefined) capabilities[name] = needs;
    const template = 'template' in read ? read.template : undefined;
    if (template !== undefined) templates[name] = template;
    if ('problem' in read) broken[name] = brokenWords(name, path, text, read.problem);
    const digest = text === null ? null : sha256(text);
    entries[name] = { template: path, digest, declaredParameters: template?.parameters ?? [], ...stack };
    if (template !== undefined) unknownParameters(name, path, template, stack, reader);
  }
  if (Object.keys(entries).length > 0) unusablePhaseName(phase, reader);
  reportStackNames(phase, entries, Object.keys(playbook.environments), reader);
  const imports = importsOf(templates, Object.keys(broken).length > 0, playbook, reader);
  const before = mapValues(entries, ({ parameters }, name) => {
    const referred = referencesIn(parameters).flatMap(({ stack }) => stack ?? []);
    const known = referred.filter((other) => other !== name && Object.hasOwn(entries, other));
    return [...new Set([...(imports[name] ?? []), ...known])];
  });
  const { order, cycles } = sortGraph(Object.keys(entries), (name) => before[name] ?? []);
  for (const cycle of cycles) {
    const message = `Stacks import from each other in a circle: ${cycle.join(' → ')}.`;
    reader.error('stack-cycle', ['stacks', cycle[0] ?? ''], message);
  }
  return { entries, templates, broken, capabilities, imports, before, order };
}

function brokenWords(stack: string, path: string, text: string | null, problem: string): string {
  if (text === null) return `Stack ${stack} has no template, ${path}: there is no such file in the phase folder.`;
  return `The template of stack ${stack}, ${path}, cannot be read: ${problem}.`;
}

function unusableExistingName(
  stack: string,
  existing: string,
  { per }: Pick<PlaybookStack, 'per'>,
  reader: PlaybookReader,
): void {
  const path = ['stacks', stack, 'existing'];
  const rest = existing.replaceAll('{environment}', '');
  if (/[{}]/.test(rest)) {
    reader.error('existing-name', path, `"${existing}" is no name of a stack.`, {
      expected: 'letters, digits and hyphens, and {environment} where the name has the environment in it',
    });
  } else if (per === 'account' && rest !== existing) {
    reader.error('existing-name', path, `Stack ${stack} belongs to no environment, so its name cannot hold one.`, {
      suggestion: 'Leave out "per: account", or {environment}.',
    });
  }
}

/** Names of stacks on AWS begin with the phase's: `phase-4-development-network`. */
function unusablePhaseName(phase: string, reader: PlaybookReader): void {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(phase)) return;
  reader.error('phase-name', ['stacks'], `No stack can be named after the phase folder "${phase}".`, {
    expected: 'a folder name of letters, digits and hyphens that begins with a letter',
  });
}

function unknownParameters(
  stack: string,
  file: string,
  { parameters }: Template,
  given: Pick<StackEntry, 'parameters' | 'keepParameters'>,
  reader: PlaybookReader,
): void {
  const named = Object.keys(given.parameters).map((name) => [name, ['parameters', name]] as const);
  const kept = (given.keepParameters ?? []).map((name, index) => [name, ['keepParameters', index]] as const);
  for (const [name, at] of [...named, ...kept]) {
    if (parameters.includes(name)) continue;
    const message = `${file} declares no parameter "${name}".`;
    reader.error('parameter-unknown', ['stacks', stack, ...at], message, meantBy(name, parameters));
  }
}

function importsOf(
  templates: ByStack<Template>,
  isIncomplete: boolean,
  { stacks }: Playbook,
  reader: PlaybookReader,
): ByStack<readonly string[]> {
  const exporters = new Map<string, string>();
  for (const [name, given] of Object.entries(stacks)) {
    for (const exported of longForm(given).exports ?? []) exporters.set(exported, name);
  }
  for (const [name, { exports }] of Object.entries(templates)) {
    for (const exported of exports) {
      const other = exporters.get(exported);
      if (other !== undefined) {
        reader.finding('export-twice', ['stacks', name], `Stacks ${other} and ${name} both export "${exported}".`);
      }
      exporters.set(exported, name);
    }
  }
  return mapValues(templates, ({ imports }, name) => {
    // What cannot be read may export it.
    const missing = isIncomplete ? [] : imports.filter((imported) => !exporters.has(imported));
    for (const imported of missing) {
      const message = `Stack ${name} imports "${imported}", which no stack of the playbook exports: it must exist already.`;
      reader.finding('import-outside', ['stacks', name], message, meantBy(imported, [...exporters.keys()]));
    }
    const others = imports.flatMap((imported) => exporters.get(imported) ?? []).filter((other) => other !== name);
    return [...new Set(others)];
  });
}

function mapValues<From, To>(record: ByStack<From>, to: (value: From, stack: string) => To): { [stack: string]: To } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}
