import { sha256 } from '../../base/digest.ts';
import { sortGraph } from '../../base/graph.ts';
import { isRecord, own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import { referencesIn } from '../../plan/references.ts';
import type { PlaybookProblems, SectionContext } from '../../plan/section.ts';
import { reportStackNames } from './names.ts';
import { type GivenStacks, longForm, type PlaybookStack, type StackEntry } from './shape.ts';
import { neededCapability, type NeededCapability, readTemplate, type Template } from './template.ts';

type ByStack<Value> = { readonly [stack: string]: Value };

/** The stacks of a playbook, with the data of their templates. */
export interface BoundStacks {
  readonly entries: ByStack<StackEntry>;
  /** Templates that exist and can be read. */
  readonly templates: ByStack<Template>;
  /** Reasons why stacks cannot be deployed: the template is missing or cannot be read. */
  readonly broken: ByStack<string>;
  /** Capabilities that CloudFormation requires to be acknowledged; absent for stacks that need none. */
  readonly capabilities: ByStack<NeededCapability>;
  /** For each stack, the stacks whose exports it imports. */
  readonly imports: ByStack<readonly string[]>;
  /** For each stack, the stacks that must be deployed before it: those that it imports from, and those that its parameters refer to. */
  readonly before: ByStack<readonly string[]>;
  /** All stacks, in an order of deployment. */
  readonly order: readonly string[];
}

/** Reads every stack's template and orders the stacks. */
export function bindStacks(given: GivenStacks, { phase, environments, files, problems }: SectionContext): BoundStacks {
  const entries: { [stack: string]: StackEntry } = {};
  const templates: { [stack: string]: Template } = {};
  const broken: { [stack: string]: string } = {};
  const capabilities: { [stack: string]: NeededCapability } = {};
  for (const [name, one] of Object.entries(given)) {
    const { template: path = '', existing, exports: _exports, ...stack } = longForm(one);
    if (existing !== undefined) {
      entries[name] = { existing, template: '', digest: null, declaredParameters: [], ...stack };
      unusableExistingName(name, existing, stack, problems);
      continue;
    }
    const text = own(files, path) ?? null;
    const read = text === null ? { problem: '' } : readTemplate(text);
    const needs = text === null ? undefined : neededCapability(text);
    if (needs !== undefined) capabilities[name] = needs;
    const template = 'template' in read ? read.template : undefined;
    if (template !== undefined) templates[name] = template;
    if ('problem' in read) broken[name] = brokenWords(name, path, text, read.problem);
    const digest = text === null ? null : sha256(text);
    entries[name] = { template: path, digest, declaredParameters: template?.parameters ?? [], ...stack };
    if (template !== undefined) unknownParameters(name, path, template, stack, problems);
  }
  if (Object.keys(entries).length > 0) unusablePhaseName(phase, problems);
  reportStackNames(phase, entries, Object.keys(environments), problems);
  const imports = importsOf(templates, Object.keys(broken).length > 0, given, { environments, problems });
  const before = mapValues(entries, ({ parameters }, name) => {
    const referred = referencesIn(parameters).flatMap(({ stack }) => stack ?? []);
    const known = referred.filter((other) => other !== name && Object.hasOwn(entries, other));
    return [...new Set([...(imports[name] ?? []), ...known])];
  });
  const { order, cycles } = sortGraph(Object.keys(entries), (name) => before[name] ?? []);
  for (const cycle of cycles) {
    const message = `Stacks import from each other in a cycle: ${cycle.join(' → ')}.`;
    problems.error('stack-cycle', ['stacks', cycle[0] ?? ''], message);
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
  problems: PlaybookProblems,
): void {
  const path = ['stacks', stack, 'existing'];
  const rest = existing.replaceAll('{environment}', '');
  if (/[{}]/.test(rest)) {
    problems.error('existing-name', path, `"${existing}" is not a stack name.`, {
      expected: 'letters, digits and hyphens, and {environment} in place of the name of an environment',
    });
  } else if (per === 'account' && rest !== existing) {
    problems.error('existing-name', path, `Stack ${stack} belongs to no environment, so its name cannot hold one.`, {
      suggestion: 'Leave out "per: account", or {environment}.',
    });
  }
}

/** Reports a phase folder whose name cannot begin the name of a stack: `phase-4-development-network`. */
function unusablePhaseName(phase: string, problems: PlaybookProblems): void {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(phase)) return;
  problems.error('phase-name', ['stacks'], `No stack can be named after the phase folder "${phase}".`, {
    expected: 'a folder name of letters, digits and hyphens that begins with a letter',
  });
}

function unknownParameters(
  stack: string,
  file: string,
  { parameters }: Template,
  given: Pick<StackEntry, 'parameters' | 'keepParameters'>,
  problems: PlaybookProblems,
): void {
  const named = Object.keys(given.parameters).map((name) => [name, ['parameters', name]] as const);
  const kept = (given.keepParameters ?? []).map((name, index) => [name, ['keepParameters', index]] as const);
  for (const [name, at] of [...named, ...kept]) {
    if (parameters.includes(name)) continue;
    const message = `${file} declares no parameter "${name}".`;
    problems.error('parameter-unknown', ['stacks', stack, ...at], message, meantBy(name, parameters));
  }
}

function importsOf(
  templates: ByStack<Template>,
  isIncomplete: boolean,
  stacks: GivenStacks,
  { environments, problems }: Pick<SectionContext, 'environments' | 'problems'>,
): ByStack<readonly string[]> {
  const exporters = new Map<string, string>();
  for (const [name, given] of Object.entries(stacks)) {
    for (const exported of longForm(given).exports ?? []) exporters.set(exported, name);
  }
  for (const [name, { exports }] of Object.entries(templates)) {
    for (const exported of exports) {
      const other = exporters.get(exported);
      if (other !== undefined) {
        problems.finding('export-twice', ['stacks', name], `Stacks ${other} and ${name} both export "${exported}".`);
      }
      exporters.set(exported, name);
    }
  }
  const inEnvironments = new Map(
    [...exporters].flatMap(([exported, name]) => namesIn(environments, exported).map((one) => [one, name] as const)),
  );
  const exporterOf = (imported: string) => exporters.get(imported) ?? inEnvironments.get(imported);
  return mapValues(templates, ({ imports }, name) => {
    // A template that cannot be read may have the export.
    const missing = isIncomplete ? [] : imports.filter((imported) => exporterOf(imported) === undefined);
    for (const imported of missing) {
      const message = `Stack ${name} imports "${imported}", which no stack of the playbook exports: it must exist already.`;
      problems.finding('import-outside', ['stacks', name], message, meantBy(imported, [...exporters.keys()]));
    }
    const others = imports.flatMap((imported) => exporterOf(imported) ?? []).filter((other) => other !== name);
    return [...new Set(others)];
  });
}

/**
 * The names of an export in the environments, where it is made of their parameters: `development-network-VpcId` for
 * `${Environment}-network-VpcId`. A stack of the account imports by these.
 */
function namesIn(environments: SectionContext['environments'], exported: string): string[] {
  return Object.values(environments).map(({ parameters }) =>
    exported.replaceAll(/\$\{(\w+)\}/g, (reference, name: string) => {
      const value = isRecord(parameters) ? own(parameters, name) : undefined;
      return typeof value === 'string' ? value : reference;
    }),
  );
}

function mapValues<From, To>(record: ByStack<From>, to: (value: From, stack: string) => To): { [stack: string]: To } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}
