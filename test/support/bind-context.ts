import type { BindContext, CriterionContext, Environment } from '../../src/plan/kinds.ts';
import type { StackEntry } from '../../src/activities/stacks/section.ts';

/** What a kind's `expand` sees of a playbook; `problems` collects what it reports. */
export function bindContext(more: Partial<BindContext & CriterionContext> = {}) {
  const problems: string[] = [];
  const environments = more.environments ?? {
    development: environment(),
    production: environment({ protected: true }),
  };
  const context: BindContext & CriterionContext = {
    phase: 'phase-9',
    environments,
    everyEnvironment: environments,
    stacks: {},
    stackOrder: Object.keys(more.stacks ?? {}),
    stackImports: {},
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
