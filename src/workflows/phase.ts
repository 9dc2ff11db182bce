import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { phaseActivities } from './activities.ts';
import { begin } from './begin.ts';
import { holdGate } from './gate-keeper.ts';
import { handoverOf } from './handover.ts';
import { Mailbox } from './mailbox.ts';
import {
  gatesQuery,
  ledgerQuery,
  reportSignal,
  statusQuery,
  type OpenGates,
  type PhaseInput,
  type PhaseResult,
  type PhaseState,
  type TaskReport,
} from './messages.ts';
import { runMilestone } from './milestones.ts';
import { PhaseRun } from './phase-run.ts';
import { takeReports } from './reports.ts';
import { rework } from './rework.ts';
import { checkStart, readStart, type Start } from './start.ts';
import { openGates, phaseState, phaseStatus } from './views.ts';

/**
 * A delivery phase: entry gate, milestones as their dependencies allow, completion gate, hand-over. It owns every gate, every
 * decision and the ledger. Nothing fails it by itself: it ends completed, or cancelled.
 */
export async function phase(input: PhaseInput): Promise<PhaseResult> {
  const mailbox = new Mailbox();
  let run: PhaseRun | undefined;
  let state: PhaseState = 'compiling';
  const now = () => (run === undefined || state !== 'running' ? state : phaseState(run.gates));
  setHandler(statusQuery, () => (run === undefined ? nothingYet(state) : phaseStatus(run, now())), {
    description: 'Where the phase is: gates, milestones, what waits for people, cross-agent dependencies',
  });
  setHandler(gatesQuery, (): OpenGates => (run === undefined ? { gates: [] } : openGates(run)), {
    description: 'Open gates: unmet criteria, who may clear each, and the exact command',
  });
  setHandler(ledgerQuery, () => run?.gates.ledger ?? { length: 0, recent: [] }, {
    description: 'Every message with its verdict, most recent last',
  });

  checkStart(input);
  const start = readStart(input);
  const opened = new PhaseRun(input.phase, input.resume ?? (await begin(input)));
  run = opened;
  state = 'running';
  const report = (reports: readonly TaskReport[]): void => {
    takeReports(opened, reports);
  };
  setHandler(reportSignal, report, { description: 'Sent by milestones; not for people' });
  mailbox.open((name, body) => opened.judge(name, body));
  // What is shown follows every change, also while a cancelled phase settles.
  void CancellationScope.nonCancellable(() => showChanges(opened, now));

  try {
    const rest = execute(opened, start);
    if (await isHistoryLongBefore(rest, opened)) {
      return await continueAsNew<typeof phase>({ ...input, resume: opened.snapshot() });
    }
    await rest;
    const handover = await phaseActivities('hand-over').writeHandover(handoverOf(opened, input.by, Date.now()));
    opened.apply({ type: 'over', reason: `completed; hand-over in ${handover.where}` });
    state = 'completed';
    opened.show(state);
    await condition(allHandlersFinished);
    return {
      phase: input.phase,
      state,
      handover,
      milestones: opened.plan.milestones.map((milestone) => opened.overview(milestone)),
      ledger: opened.gates.ledger.length,
    };
  } catch (error) {
    if (isCancellation(error)) {
      state = 'cancelled';
      opened.apply({ type: 'over', reason: 'cancelled' });
      opened.show(state);
    }
    throw error;
  }
}

async function execute(run: PhaseRun, start: Start): Promise<void> {
  const redo = (tasks: readonly string[]) => rework(run, start, tasks);
  await holdGate(run, 'entry', redo);
  // Milestones are all awaited even when one is cancelled: the others have children to wait for.
  const ends = await Promise.allSettled(run.plan.milestones.map((milestone) => runMilestone(run, start, milestone)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await holdGate(run, 'completion', redo);
}

async function showChanges(run: PhaseRun, state: () => PhaseState): Promise<void> {
  for (let seen = -1; ;) {
    await condition(() => run.revision !== seen);
    seen = run.revision;
    run.show(state());
  }
}

/**
 * Whether the history has become long before the rest of the phase was over. Continue-as-new would cancel running children, or
 * leave them where the new run can neither start nor await them, so it waits until there are none.
 */
async function isHistoryLongBefore(rest: Promise<void>, run: PhaseRun): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  void rest.then(end, end);
  const isLong = () => workflowInfo().continueAsNewSuggested && run.running.size === 0 && allHandlersFinished();
  // A cancelled phase is over only when its milestones have settled what they had begun.
  await CancellationScope.nonCancellable(() => condition(() => over || isLong()));
  return !over;
}

function nothingYet(state: PhaseState) {
  return { phase: '', title: '', state, gates: [], milestones: [], desk: [], agentDependencies: [] };
}
