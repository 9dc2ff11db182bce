import { approversOf } from './bind-approvers.ts';
import type { Binding } from './bind-context.ts';
import { bindPolicy } from './bind-policy.ts';
import type { Gate } from './gate-model.ts';
import type { Milestone, Task } from './model.ts';
import { own } from './own.ts';

/**
 * The gate of a task whose steps may find that they would destroy something in a protected environment, or in a stack that somebody
 * else has made. It has no criteria until they ask; then one for each stack, decided by whom the environments name.
 */
export function changesGate(binding: Binding, { number, line }: Milestone, { ref, steps }: Task): Gate | undefined {
  const asking = steps.filter(({ asks }) => asks === true);
  if (asking.length === 0) return undefined;
  const gate: Gate = {
    id: `${ref}/changes`,
    kind: 'entry',
    milestone: number,
    guards: { what: 'changes', of: ref, tasks: [ref] },
    criteria: [],
    asks: approversIn(binding, environmentsOf(binding, asking)),
    line,
  };
  return { ...gate, ...bindPolicy(binding, gate, ['policy']) };
}

/** Environments that the steps act in, those without one for all: the protected ones, or all where none is. */
function environmentsOf({ playbook }: Binding, steps: Task['steps']): string[] {
  const names = Object.keys(playbook.environments).filter((name) =>
    steps.some(({ environment }) => environment === undefined || environment === name),
  );
  const guarded = names.filter((name) => playbook.environments[name]?.protected === true);
  return guarded.length > 0 ? guarded : names;
}

/** Every environment's rules have to be satisfied; the same rule once. */
function approversIn(binding: Binding, environments: readonly string[]): Gate['asks'] {
  const rules = environments.flatMap((name) => {
    const approve = own(binding.playbook.environments, name)?.destructive;
    return approversOf(binding, ['environments', name, 'destructive'], { approve }).approvers ?? [];
  });
  const texts = rules.map((rule) => JSON.stringify(rule));
  const distinct = rules.filter((_, index) => texts.indexOf(texts[index] ?? '') === index);
  return distinct.length === 0 ? {} : { approvers: distinct };
}
