import { amendmentGate, bareAmendmentGate } from '../amendments.ts';
import type { Plan } from '../model.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Playbook } from '../playbook/schema.ts';
import { isSatisfied, rulesOf } from '../quorum.ts';
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

/** Reports that too few people are left to approve an amendment, if `distinct` excludes who starts the phase or who sends it. */
export function reportAmenders(plan: Plan, playbook: Playbook, reader: PlaybookReader): void {
  const { amendments, people, operators } = plan;
  if (amendments === undefined || people === undefined) return;
  const { distinct = [] } = amendments.policy ?? {};
  const everyone = Object.entries(people).map(([by, { roles }]) => ({ by, roles }));
  const rules = rulesOf(amendmentGate(plan).asks ?? {});
  const isStuckWithout = (...names: readonly string[]) =>
    !isSatisfied(
      rules,
      everyone.filter(({ by }) => !names.includes(by)),
    );
  if (isStuckWithout()) return;
  const all = Object.keys(people);
  const senders = everyone
    .filter(({ roles }) => operators === undefined || roles.some((role) => operators.includes(role)))
    .map(({ by }) => by);
  const starters = distinct.includes('starter') ? all.filter((one) => isStuckWithout(one)) : [];
  const sending = distinct.includes('sender') ? senders.filter((one) => isStuckWithout(one)) : [];
  const path = playbook.amendments?.policy?.distinct === undefined ? ['policy'] : ['amendments', 'policy'];
  const report = (when: string) => {
    reader.finding(
      'quorum-at-risk',
      [...path, 'distinct'],
      `Too few people are left to approve an amendment ${when}.`,
      {
        suggestion: 'Give the role to one more person.',
      },
    );
  };
  if (starters.length > 0) report(`if ${starters.join(' or ')} starts the phase`);
  if (sending.length > 0 && sending.length === senders.length) {
    reader.error(
      'policy-unsatisfiable',
      [...path, 'distinct'],
      `Whoever sends an amendment (${senders.join(' or ')}), too few other people are left to approve it.`,
      { suggestion: 'Give the role to one more person, or leave "sender" out.' },
    );
    return;
  }
  if (sending.length > 0) report(`if ${sending.join(' or ')} sends it`);
  if (!distinct.includes('starter') || !distinct.includes('sender')) return;
  const pair = all
    .filter((one) => !starters.includes(one))
    .flatMap((starter) => senders.filter((one) => !sending.includes(one)).map((sender) => [starter, sender] as const))
    .find(([starter, sender]) => isStuckWithout(starter, sender));
  if (pair !== undefined) report(`if ${pair[0]} starts the phase and ${pair[1]} sends it`);
}
