import type { PhaseStage } from '../../contract/answers.ts';
import type { DeliveredMilestone, DeliveredTask, DeliveryView } from '../../contract/delivery.ts';
import type { ShownPhase } from '../../contract/state.ts';
import type { Milestone } from '../../plan/model.ts';
import { shownDesk } from '../../views/desk.ts';
import { allCriteria, shownGates } from '../../views/gates.ts';
import { childId, gateOf, isOver, overviews } from '../../views/state.ts';
import { agentDependencyStatus } from '../../views/status.ts';
import { beyond, isOpen, issuesOf } from '../issues/model.ts';
import { suitesOf } from '../suite/reduce.ts';
import { summary } from '../suite/summary.ts';
import { severities } from '../../plan/severity.ts';
import { communicationOf } from './model.ts';

/** Issues that a review names. */
const NAMED = 10;

/** What standups, reviews and the progress document are drawn from, as the phase knows it. */
export function deliveryOf(phase: ShownPhase, stage: PhaseStage): DeliveryView {
  const { identity, state } = phase;
  const { plan, gates } = state;
  const { began, told = [], words = [], decisions = [], dropped, counter = 0 } = communicationOf(gates) ?? {};
  return {
    title: `Phase ${plan.number}: ${plan.title}`,
    state: stage,
    ...(began === undefined ? {} : { startedAt: began }),
    agents: plan.agents,
    milestones: plan.milestones.map((milestone) => milestoneOf(phase, milestone)),
    gates: shownGates(gates, identity.workflowId),
    desk: shownDesk(gates, identity.workflowId),
    agentDependencies: agentDependencyStatus(state),
    suites: Object.entries(suitesOf(gates).results).map(([name, result]) => ({ name, summary: summary(result) })),
    issues: issuesIn(phase),
    told,
    words,
    decisions,
    dropped: dropped ?? { words: 0, decisions: 0 },
    known: { words: counter, decision: gates.ledger.length },
  };
}

function milestoneOf(phase: ShownPhase, milestone: Milestone): DeliveredMilestone {
  const { identity, state } = phase;
  const { number, title, plannedDays, lanes } = milestone;
  const [entry, exit, quality] = (['entry', 'exit', 'quality'] as const).map((kind) =>
    gateOf(state, `${number}/${kind}`),
  );
  const criteria = allCriteria(state.gates).criteria.filter(
    ({ gate }) => gate === `${number}/exit` || gate === `${number}/quality`,
  );
  const began = entry?.state === 'cleared' ? entry.closedAt : undefined;
  const workEnded = exit === undefined || exit.round === 0 ? undefined : exit.openedAt;
  const ended = quality?.state === 'cleared' ? quality.closedAt : undefined;
  return {
    number,
    title,
    stage: overviews(phase).find((one) => one.number === number)?.stage ?? 'pending',
    workflowId: childId(identity.workflowId, number),
    runs: state.milestones[number]?.channel !== undefined,
    plannedDays,
    after: state.plan.milestoneDependencies.filter(({ to }) => to === number).map(({ from }) => from),
    ...(began === undefined ? {} : { began }),
    ...(workEnded === undefined ? {} : { workEnded }),
    ...(ended === undefined ? {} : { ended }),
    criteria: { met: criteria.filter(({ met }) => met).length, total: criteria.length },
    gates: Object.values(state.gates.gates)
      .filter(({ gate, round }) => gate.milestone === number && (gate.guards?.what !== 'changes' || round > 0))
      .map((one) => ({ gate: one.gate.id, state: one.state })),
    tasks: lanes
      .flatMap((lane) => lane.tasks)
      .map(({ ref, title: name, agent, start, days, startsAt, dueAt, after, needs }): DeliveredTask => {
        const known = state.gates.tasks[ref];
        const by = state.outcomes[ref]?.by ?? known?.by;
        const over = isOver(state, ref) || known?.state === 'done' || known?.state === 'skipped';
        return {
          ...{ task: ref, title: name, agent, state: known?.state ?? 'pending', isOver: over },
          ...(by === undefined ? {} : { by }),
          ...(startsAt === undefined ? {} : { startsAt }),
          ...(dueAt === undefined ? {} : { dueAt }),
          ...{ start, days, before: [...new Set([...after, ...needs.map(({ task }) => task)])] },
        };
      }),
  };
}

function issuesIn({ state: { gates } }: ShownPhase): DeliveryView['issues'] {
  const log = issuesOf(gates);
  const count = (wanted: string) => log.issues.filter((issue) => issue.state === wanted).length;
  const open = log.issues
    .filter(isOpen)
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
  return {
    open: count('open'),
    resolved: count('resolved'),
    deferred: count('deferred'),
    closed: count('closed') + log.dropped,
    beyond: beyond(log, 'low'),
    gravest: open.slice(0, NAMED).map(({ id, title, severity, state, assignee, agent }) => ({
      ...{ id, title, severity, state, who: assignee ?? agent },
    })),
  };
}
