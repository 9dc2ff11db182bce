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
import { startArchive } from './archive.ts';
import { begin } from './begin.ts';
import { keepTime, keepWindows } from './clock.ts';
import { holdGate } from './gate-keeper.ts';
import { handoverOf } from './handover.ts';
import { keepLedger, recordLedger, unrecorded } from './ledger.ts';
import { Mailbox } from './mailbox.ts';
import { reportSignal, type PhaseInput, type PhaseResult } from './messages.ts';
import { runMilestone } from './milestones.ts';
import { keepNotices, lastNotices } from './notices.ts';
import { PhaseRun } from './phase-run.ts';
import { answerQueries, type View } from './queries.ts';
import { takeReports } from './reports.ts';
import { rework } from './rework.ts';
import { verifySigned } from './signed.ts';
import { SentInbox } from './sent-inbox.ts';
import { show, showChanges } from './show.ts';
import { checkResume } from './resume.ts';
import { checkStart, readStart, type Start } from './start.ts';

/** What somebody can do about a record that nobody writes. */
const BY_COMMAND = 'npm run record -- export writes them once the phase has ended';

/**
 * A delivery phase: entry gate, milestones as their dependencies allow, completion gate, hand-over. It owns every gate, every
 * decision and the ledger. Nothing fails it by itself: it ends completed, or cancelled.
 */
export async function phase(input: PhaseInput): Promise<PhaseResult> {
  const mailbox = new Mailbox();
  const view: View = { state: 'compiling' };
  answerQueries(view);

  checkStart(input);
  const start = readStart(input);
  const archiving = startArchive();
  if (input.resume !== undefined) await checkResume(input);
  const run = new PhaseRun(input.phase, input.resume ?? (await begin(input)));
  view.run = run;
  view.state = 'running';
  void archiving.then((problem) => {
    if (problem !== undefined)
      run.apply({ type: 'note', what: 'histories not kept', reason: `${problem}; ${BY_COMMAND}` });
  });
  const reports = new SentInbox((sent) => takeReports(run, sent));
  const report = (sent: unknown): void => {
    run.clock.set();
    reports.receive(sent);
  };
  setHandler(reportSignal, report, { description: 'Sent by milestones; not for people' });
  mailbox.open({
    received: () => {
      run.clock.set();
    },
    judge: (name, body, proof) => run.judge(name, body, proof),
    verify: (body) => verifySigned(run, body),
  });
  // What is shown follows every change, also while a cancelled phase settles.
  void CancellationScope.nonCancellable(() => showChanges(view, run));
  void CancellationScope.nonCancellable(() => keepLedger(run));
  void CancellationScope.nonCancellable(() => keepTime(run));
  void CancellationScope.nonCancellable(() => keepWindows(run));
  void keepNotices(run);

  CancellationScope.current().cancelRequested.catch(() => {
    run.clock.set();
  });

  try {
    const rest = execute(run, start);
    if (await hasToContinue(rest, run, [mailbox, reports])) {
      return await continueAsNew<typeof phase>({ ...input, resume: run.snapshot() });
    }
    await rest;
    const handover = await phaseActivities('hand-over').writeHandover(handoverOf(run, input.by, run.clock.now));
    run.clock.set();
    run.apply({
      type: 'over',
      reason: `completed; hand-over ${handover.where} in the records directory`,
      rests: { handover: handover.sha256 },
    });
    view.state = 'completed';
    show(run, view.state);
    await condition(allHandlersFinished);
    await end(run);
    return {
      phase: input.phase,
      state: 'completed',
      handover,
      milestones: run.plan.milestones.map((milestone) => run.overview(milestone)),
      ledger: { length: run.gates.ledger.length, head: run.gates.ledger.head },
    };
  } catch (error) {
    if (isCancellation(error)) {
      view.state = 'cancelled';
      if (run.gates.over !== true) run.apply({ type: 'over', reason: 'cancelled' });
      show(run, view.state);
      await end(run);
    }
    throw error;
  }
}

/** Completes the ledger, which stands in the history then. */
async function end(run: PhaseRun): Promise<void> {
  await lastNotices(run);
  await recordLedger(run);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  await recordLedger(run);
}

async function execute(run: PhaseRun, start: Start): Promise<void> {
  const redo = (tasks: readonly string[]) => rework(run, start, tasks);
  await holdGate(run, 'entry', redo);
  // Milestones are all awaited even when one is cancelled: the others have children to wait for.
  const ends = await Promise.allSettled(run.plan.milestones.map((milestone) => runMilestone(run, start, milestone)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  await holdGate(run, 'completion', redo);
}

/**
 * Waits until the rest of the phase is over, or its history has become long. Continue-as-new would cancel running children, or
 * leave them where the new run can neither start nor await them, so it waits until there are none.
 *
 * @returns whether the phase has to continue as new; everything is recorded then, and nothing is under way
 */
async function hasToContinue(
  rest: Promise<void>,
  run: PhaseRun,
  inboxes: readonly { readonly idle: boolean }[],
): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  void rest.then(end, end);
  const isQuiet = () =>
    run.running.size === 0 &&
    run.opening === 0 &&
    run.news.length === 0 &&
    inboxes.every(({ idle }) => idle) &&
    allHandlersFinished();
  const isLong = () => workflowInfo().continueAsNewSuggested && isQuiet();
  for (;;) {
    // A cancelled phase is over only when its milestones have settled what they had begun.
    await CancellationScope.nonCancellable(() => condition(() => over || isLong()));
    if (over) return false;
    await recordLedger(run);
    // While that was recorded, a message may have come, or a gate may have cleared.
    if (!hasEnded() && isQuiet() && unrecorded(run).length === 0) return true;
  }

  // A function, because the compiler does not see that another coroutine changes it.
  function hasEnded(): boolean {
    return over;
  }
}
