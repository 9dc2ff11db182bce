import { sha256 } from '../../base/digest.ts';
import { sortGraph } from '../../base/graph.ts';
import { own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import { quoteAll } from '../../base/text.ts';
import type { Binding } from '../../plan/bind/context.ts';
import type { BoundTask } from '../../plan/bind/tasks.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { Step } from '../../plan/model.ts';
import type { PlaybookReader } from '../../plan/playbook/reader.ts';
import type { Playbook } from '../../plan/playbook/schema.ts';
import { referencesIn } from '../../plan/references.ts';
import type { PlaybookSource } from '../../plan/source.ts';
import { longForm, type PlaybookStack, type StackEntry } from './section.ts';
import { neededCapability, type NeededCapability, readTemplate, type Template } from './template.ts';

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

interface Deployment {
  readonly task: TaskRef;
  readonly environment: string | undefined;
}

/** What would keep a deployment from succeeding blocks the task that makes it, and that task alone. */
export function reportDeployments(tasks: readonly BoundTask[], binding: Binding): void {
  for (const name of Object.keys(binding.stacks.entries)) {
    const deployments = tasks.flatMap(({ task }) =>
      task.steps
        .filter(({ publishes }) => publishes === stackAddress(name))
        .map(({ environment }): Deployment => ({ task: task.ref, environment })),
    );
    reportBroken(name, deployments, binding);
    reportCapabilities(name, deployments, binding);
    for (const deployment of deployments) reportMissingParameters(name, deployment, binding);
    if (deployments.length === 0 && tasks.every(({ incomplete }) => !incomplete)) {
      const verb = own(binding.stacks.entries, name)?.existing === undefined ? 'deploys' : 'looks for';
      binding.reader.finding('stack-unused', ['stacks', name], `No task ${verb} stack ${name}.`);
    }
  }
}

/** Where references find a stack's outputs. */
export function stackAddress(name: string): string {
  return `stacks.${name}`;
}

/** The stack that a step deploys, if it deploys one. */
export function stackOf({ publishes }: Step): string | undefined {
  return publishes.startsWith('stacks.') ? publishes.slice('stacks.'.length) : undefined;
}

function reportBroken(name: string, deployments: readonly Deployment[], { reader, stacks }: Binding): void {
  const reason = own(stacks.broken, name);
  if (reason === undefined) return;
  const path = ['stacks', name, 'template'];
  for (const { task } of deployments) reader.error('template', path, reason, { blocks: task });
  if (deployments.length === 0) reader.finding('template', path, reason);
}

function reportCapabilities(name: string, deployments: readonly Deployment[], { reader, stacks }: Binding): void {
  const needed = own(stacks.capabilities, name);
  const given = own(stacks.entries, name)?.capabilities ?? [];
  if (needed === undefined || given.includes(needed.capability) || given.includes('CAPABILITY_NAMED_IAM')) return;
  const what = needed.capability === 'CAPABILITY_NAMED_IAM' ? 'gives names of their own to' : 'makes';
  const message = `Stack ${name} lacks ${needed.capability}: its template ${what} ${needed.resources.join(', ')}.`;
  const suggestion = `Look at what they may do, then write capabilities: [${needed.capability}].`;
  for (const { task } of deployments) {
    reader.error('capability-missing', ['stacks', name], message, { suggestion, blocks: task });
  }
}

function reportMissingParameters(
  name: string,
  { task, environment }: Deployment,
  { playbook, reader, stacks }: Binding,
): void {
  const given = [
    ...Object.keys(own(stacks.entries, name)?.parameters ?? {}),
    ...(own(stacks.entries, name)?.keepParameters ?? []),
    ...Object.keys((environment === undefined ? undefined : own(playbook.environments, environment))?.parameters ?? {}),
  ];
  const missing = (own(stacks.templates, name)?.required ?? []).filter((parameter) => !given.includes(parameter));
  if (missing.length === 0) return;
  const where = environment === undefined ? '' : ` in ${environment}`;
  const message = `Stack ${name} has no value${where} for ${quoteAll(missing)}, for which its template has no default.`;
  reader.error('parameter-missing', ['stacks', name], message, {
    suggestion: 'Give one under "parameters", of the stack or of the environment.',
    blocks: task,
  });
}

/** CloudFormation takes no longer one: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
const LONGEST = 128;

/**
 * Name on AWS of a stack in an environment, or of one that the account has once: `phase-4-development-network`,
 * `phase-4-account-audit`, or the one that it has where somebody else deploys it.
 */
export function stackNameOf(
  phase: string,
  stack: string,
  { existing, per }: Pick<StackEntry, 'existing' | 'per'>,
  environment: string,
): string {
  const place = per === 'account' ? 'account' : environment;
  return existing?.replaceAll('{environment}', environment) ?? `${phase}-${place}-${stack}`;
}

interface Named {
  readonly stack: string;
  readonly isExisting: boolean;
  /** `stack network in development` */
  readonly words: string;
}

/**
 * Reports stacks that would be one and the same on AWS, where the second would replace what the first is made of, and names that
 * are too long. Names that differ in case only are two: CloudFormation tells them apart.
 */
function reportStackNames(
  phase: string,
  stacks: { readonly [stack: string]: StackEntry },
  environments: readonly string[],
  reader: PlaybookReader,
): void {
  const byName = new Map<string, Named[]>();
  for (const [stack, entry] of Object.entries(stacks)) {
    const isOnce = entry.per === 'account';
    for (const environment of isOnce ? environments.slice(0, 1) : environments) {
      const name = stackNameOf(phase, stack, entry, environment);
      const words = `stack ${stack} ${isOnce ? 'of the account' : `in ${environment}`}`;
      byName.set(name, [...(byName.get(name) ?? []), { stack, isExisting: entry.existing !== undefined, words }]);
    }
  }
  for (const [name, all] of byName) {
    if (name.length > LONGEST) reportLength(name, all, reader);
    reportClash(name, all, reader);
  }
}

function reportLength(name: string, [first]: readonly Named[], reader: PlaybookReader): void {
  if (first === undefined) return;
  const message = `On AWS, ${first.words} would be called "${name}", which has ${name.length} characters.`;
  reader.error('stack-name', ['stacks', first.stack], message, {
    expected: `at most ${LONGEST} for phase folder, environment and stack together`,
    suggestion: 'Shorten the longest of them.',
  });
}

function reportClash(name: string, all: readonly Named[], reader: PlaybookReader): void {
  // To look at one stack of somebody else's from two places does no harm.
  if (all.length < 2 || all.every(({ isExisting }) => isExisting)) return;
  const [both, other] = all.length === 2 ? ['both', 'other'] : ['all', 'others'];
  const words = all.map((one) => one.words).join(' and ');
  const message = `S${words.slice(1)} would ${both} be "${name}" on AWS: each would replace the ${other}.`;
  reader.error('stack-name', ['stacks', all.at(-1)?.stack ?? ''], message, {
    suggestion: 'Rename one of the stacks, or an environment.',
  });
}
