import { bareAmendmentGate } from '../amendments.ts';
import type { Plan } from '../model.ts';
import type { Binding } from './context.ts';
import { approversOf } from './people.ts';
import { bindPolicy } from './policy.ts';

/** The gate of amendments, as the playbook has it. */
export function bindAmendments(binding: Binding): Pick<Plan, 'amendments'> {
  const { amendments: entry, policy: common } = binding.playbook;
  if (entry === undefined) return {};
  const { approve, ordered, policy: stated } = entry;
  // No amendment is early, counts beforehand, or is made in spite of its approvers.
  const { early: _early, beforehand: _before, override: _override, ...rules } = common;
  const path = ['amendments', 'policy'];
  const bound = bindPolicy(
    { ...binding, playbook: { ...binding.playbook, policy: rules } },
    bareAmendmentGate,
    path,
    stated,
  );
  const named = approve === undefined ? {} : { asks: approversOf(binding, ['amendments'], { approve, ordered }) };
  return { amendments: { ...bareAmendmentGate, ...named, ...bound } };
}
