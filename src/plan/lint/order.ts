import type { LintReport } from '../problems.ts';
import type { Criterion } from '../gate-model.ts';
import type { Plan } from '../model.ts';
import { didYouMean } from '../../base/match.ts';
import { milestonesBefore } from '../walk.ts';
import { quoteAll } from '../../base/text.ts';

/** Reports orders that contradict each other, and orders that are stated in one place only. */
export function lintOrder(plan: Plan, report: LintReport): void {
  lintDocumentOrder(plan, report);
  lintIndependent(plan, report);
  lintAgents(plan, report);
  for (const { number, gates } of plan.milestones) {
    for (const criterion of gates.entry.criteria) lintSource(plan, number, criterion, report);
  }
  for (const criterion of plan.gates.entry.criteria) lintSource(plan, undefined, criterion, report);
}

/** Reports a milestone that waits for one further down in the document. */
function lintDocumentOrder({ milestones, milestoneDependencies }: Plan, report: LintReport): void {
  const position = (number: string): number => milestones.findIndex((milestone) => milestone.number === number);
  for (const { from, to, line } of milestoneDependencies) {
    if (position(from) <= position(to)) continue;
    report.finding(
      'milestone-order',
      `Milestone ${to} waits for ${from}, which stands below it in the document.`,
      report.place(line, `Milestone ${from}`),
      { suggestion: 'If the dependency is right, write the milestones in the order of their execution.' },
    );
  }
}

function lintIndependent({ milestones, milestoneDependencies }: Plan, report: LintReport): void {
  if (milestones.length < 2) return;
  for (const { number, line } of milestones) {
    if (milestoneDependencies.some(({ from, to }) => from === number || to === number)) continue;
    report.finding(
      'milestone-independent',
      `Milestone ${number} depends on no milestone, and none depends on it: it starts with the phase, in parallel to the others.`,
      report.place(line),
      {
        suggestion: `If it has to wait, write "Milestone X → Milestone ${number}: reason" below "Milestone Dependencies".`,
      },
    );
  }
}

/** Reports a dependency on an agent that has no work in an earlier milestone: there is nothing to wait for. */
function lintAgents(plan: Plan, report: LintReport): void {
  const workplaces = (agent: string): string[] =>
    plan.milestones.filter(({ lanes }) => lanes.some((lane) => lane.agent === agent)).map(({ number }) => number);
  for (const { from, to, line } of plan.agentDependencies) {
    const sources = workplaces(from);
    for (const agent of to) {
      const earlier = workplaces(agent).some((number) =>
        milestonesBefore(plan, number).some((before) => sources.includes(before)),
      );
      if (earlier) continue;
      report.finding(
        'agent-order',
        `${agent} depends on ${from}, which is not responsible for a lane of an earlier milestone.`,
        report.place(line, '→'),
        { suggestion: 'Such a dependency delays nothing. Within a milestone, the Gantt and needs give the order.' },
      );
    }
  }
}

/** Checks "(from Milestone 4.1)" at an entry gate: the milestone must exist and must come before. */
function lintSource(plan: Plan, milestone: string | undefined, criterion: Criterion, report: LintReport): void {
  const source = criterion.source?.milestone;
  if (source === undefined || !source.startsWith(`${plan.number}.`)) return;
  const numbers = plan.milestones.map(({ number }) => number);
  const place = report.place(criterion.line, source);
  if (!numbers.includes(source)) {
    const suggestion = didYouMean(source, numbers);
    report.error('milestone-unknown', `The plan has no milestone "${source}".`, place, {
      expected: `one of ${quoteAll(numbers)}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  } else if (milestone === undefined || !milestonesBefore(plan, milestone).includes(source)) {
    const waiting = milestone === undefined ? 'the phase' : `Milestone ${milestone}`;
    report.finding(
      'source-order',
      `"${criterion.text}" comes from Milestone ${source}, which is not before ${waiting}.`,
      place,
      {
        suggestion: `Write "Milestone ${source} → Milestone ${milestone ?? 'X'}: reason" below "Milestone Dependencies".`,
      },
    );
  }
}
