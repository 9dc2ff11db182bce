import type { BindContext, CriterionContext } from '../../src/plan/kinds.ts';
import type { Environment, Section } from '../../src/plan/section.ts';
import type { StackEntry } from '../../src/activities/stacks/shape.ts';

/** The stacks of a playbook. */
interface Stacks {
  readonly stacks?: { readonly [stack: string]: StackEntry };
  /** By stack: those that have to be deployed before it. */
  readonly stackImports?: { readonly [stack: string]: readonly string[] };
  readonly stackOrder?: readonly string[];
}

/** What a kind's `expand` sees of a playbook; `problems` collects what it reports. */
export function bindContext(given: Partial<BindContext & CriterionContext> & Stacks = {}) {
  const { stacks = {}, stackImports = {}, stackOrder = Object.keys(stacks), ...more } = given;
  const entries = { entries: stacks, before: stackImports, imports: stackImports, order: stackOrder };
  const bound = { ...entries, templates: {}, broken: {}, capabilities: {}, pipelines: {} };
  const problems: string[] = [];
  const environments = more.environments ?? {
    development: environment(),
    production: environment({ protected: true }),
  };
  const context: BindContext & CriterionContext = {
    phase: 'phase-9',
    environments,
    everyEnvironment: environments,
    isLater: () => false,
    // Every section at once.
    bound: <Given, Bound>(_section: Section<Given, Bound>) => bound as Bound,
    text: 'It holds',
    gate: '9.1/exit',
    problem: (message, { suggestion } = {}) => {
      problems.push(suggestion === undefined ? message : `${message} ${suggestion}`);
    },
    ...more,
  };
  return { context, problems };
}

export function environment(more: Partial<Environment> = {}): Environment {
  return { region: 'eu-west-1', protected: false, parameters: {}, ...more };
}

export function stackEntry(more: Partial<StackEntry> = {}): StackEntry {
  return {
    template: 'infra/stack.yaml',
    digest: 'd',
    per: 'environment',
    declaredParameters: [],
    parameters: {},
    capabilities: [],
    tags: {},
    ...more,
  };
}
