import { AwsFault } from '../fault.ts';
import type { Definition, StageDefinition } from './state.ts';

/** Results that a condition of each type may have. */
const results: { readonly [type in 'beforeEntry' | 'onSuccess' | 'onFailure']: readonly string[] } = {
  beforeEntry: ['FAIL', 'SKIP'],
  onSuccess: ['FAIL', 'ROLLBACK'],
  onFailure: ['FAIL', 'ROLLBACK', 'RETRY'],
};

/** Rules that a condition with the result SKIP may have. */
const skipping = ['LambdaInvoke', 'VariableCheck'];

/** @throws AwsFault for conditions that AWS would refuse */
export function checkConditions(
  stage: StageDefinition,
  { executionMode, stages }: Definition,
  known: ReadonlySet<string>,
): void {
  for (const type of ['beforeEntry', 'onSuccess', 'onFailure'] as const) {
    const given = stage[type];
    if (given === undefined) continue;
    const where = `Stage ${stage.name}, ${type}`;
    if (stages[0] === stage) throw bad(`${where}: the source stage has no conditions.`);
    const used = [
      type === 'onFailure' ? stage.onFailure?.result : undefined,
      ...(given.conditions ?? []).map(({ result }) => result),
    ];
    for (const result of used) {
      if (result === undefined) continue;
      if (!results[type].includes(result)) throw bad(`${where}: the result is one of ${results[type].join(', ')}.`);
      if (result === 'ROLLBACK' && executionMode === 'PARALLEL') throw bad(`${where}: PARALLEL has no rollback.`);
    }
    for (const { rules = [], result } of given.conditions ?? []) {
      for (const { name, ruleTypeId } of rules) {
        if (!known.has(ruleTypeId.provider))
          throw bad(`${where}, rule ${name}: the stand-in has no rule ${ruleTypeId.provider}.`);
        if (result === 'SKIP' && !skipping.includes(ruleTypeId.provider)) {
          throw bad(`${where}, rule ${name}: SKIP takes ${skipping.join(' and ')} alone.`);
        }
      }
    }
  }
  if (stage.onFailure?.result === 'RETRY' && (stage.onFailure.conditions ?? []).length > 0) {
    throw bad(`Stage ${stage.name}, onFailure: RETRY has no conditions beside it.`);
  }
}

function bad(message: string): AwsFault {
  return new AwsFault('InvalidStageDeclarationException', message);
}
