import type { ActionProvider, ActionRun } from '../action.ts';
import type { RuleAttempt } from '../machine/state.ts';
import type { RuleOutcome, RulePlace, RuleProvider } from './rule.ts';

const type = { category: 'Invoke', owner: 'AWS', provider: 'Lambda' } as const;

/** Invokes a function as the action `Invoke/AWS/Lambda` does, by the same provider: it gets a job, and reports on it. */
export function lambdaInvoke(providers: readonly ActionProvider[]): RuleProvider {
  const lambda = providers.find((one) => one.type.category === type.category && one.type.provider === type.provider);
  return {
    provider: 'LambdaInvoke',
    async run(rule, { signal, place }): Promise<RuleOutcome> {
      if (lambda === undefined) throw new Error('The stand-in has no action Invoke/AWS/Lambda, which this rule needs.');
      const { status, summary, error } = await lambda.run(runOf(rule, place), { signal, started: () => undefined });
      const told = summary ?? error?.message ?? `Function ${rule.resolved['FunctionName'] ?? ''}: ${status}.`;
      return { status, summary: told, ...(error ? { error } : {}) };
    },
  };
}

function runOf(rule: RuleAttempt, place: RulePlace): ActionRun {
  return {
    ...place,
    action: rule.rule,
    actionExecutionId: rule.id,
    type: { ...type, version: '1' },
    region: rule.region,
    roleArn: rule.roleArn,
    configuration: rule.resolved,
    inputs: rule.inputs,
    outputs: [],
  };
}
