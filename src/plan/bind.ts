import { askedAgain } from './asked-again.ts';
import { reportAgents } from './bind-agents.ts';
import type { Binding } from './bind-context.ts';
import { reportCovers } from './bind-covers.ts';
import { bindGate } from './bind-criteria.ts';
import { reportDeployments } from './bind-deployments.ts';
import { withGuards } from './bind-guards.ts';
import { bindMilestones } from './bind-milestones.ts';
import { reportReferences } from './bind-references.ts';
import { withRenewals } from './bind-renewals.ts';
import { bindStacks } from './bind-stacks.ts';
import { withZone } from './bind-zone.ts';
import type { PlaybookSource } from './compile.ts';
import { sha256 } from './digest.ts';
import type { Digests, Lane, Milestone, Plan } from './model.ts';
import { needsOf } from './needs.ts';
import { PlaybookReader } from './playbook-reader.ts';
import type { Problem } from './problem.ts';
import { reportSeparation } from './separation.ts';
import { reportDuties } from './staffing-duties.ts';
import { reportStaffing } from './staffing.ts';

/** Binds a plan's tasks and criteria to what the playbook says of them. Never throws; reports everything at once. */
export function bind(document: Plan, source: PlaybookSource): { plan: Plan; problems: Problem[] } {
  const reader = new PlaybookReader(source);
  const { playbook } = reader;
  if (playbook === undefined) return { plan: document, problems: reader.problems };
  const plan = withZone(document, playbook, reader);
  const stacks = bindStacks(playbook, source, reader);
  const guarded = withGuards(plan, playbook, reader);
  const binding: Binding = { plan: guarded, playbook, reader, kinds: source.kinds, phase: source.phase, stacks };

  reportAgents(plan, playbook, reader);
  const milestones = bindMilestones(binding);
  const lanes = milestones.flatMap((milestone) => milestone.lanes);
  const tasks = lanes.flatMap((lane) => lane.tasks);
  reportReferences(tasks, binding);
  reportDeployments(tasks, binding);
  for (const lane of lanes) reportCovers(lane, reader);
  const needs = needsOf(tasks, binding);

  const withNeeds = (lane: Lane): Lane => ({
    ...lane,
    tasks: lane.tasks.map((task) => ({ ...task, needs: needs.get(task.ref) ?? [] })),
  });
  const { people, operators, oidc, gates, channels } = playbook;
  const whole = askedAgain({
    ...plan,
    milestones: milestones.map(({ milestone }): Milestone => ({
      ...milestone,
      lanes: milestone.lanes.map((lane) => withNeeds(lane)),
    })),
    gates: {
      entry: bindGate(binding, plan.gates.entry, ['gates', 'entry'], gates.entry),
      completion: bindGate(binding, plan.gates.completion, ['gates', 'completion'], gates.completion),
    },
    ...(people === undefined ? {} : { people }),
    ...(operators === undefined ? {} : { operators }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(channels.length === 0 ? {} : { channels }),
    digests: digestsOf(plan, source),
  });
  const bound = withRenewals(whole);
  reportStaffing(bound, reader);
  reportSeparation(bound, playbook, reader);
  reportDuties(bound, playbook, reader);
  return { plan: bound, problems: reader.problems };
}

function digestsOf({ digests }: Plan, { text, templates }: PlaybookSource): Digests {
  const ofTemplates = Object.entries(templates).map(
    ([path, one]) => [path, one === null ? null : sha256(one)] as const,
  );
  return { ...digests, playbook: sha256(text), templates: Object.fromEntries(ofTemplates) };
}
