import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { phaseActivities } from '../temporal/activities.ts';
import { keepAmendments } from './amend.ts';
import { startArchive } from './archive.ts';
import { begin, checkStart, readStart, type Start } from './start.ts';
import { keepTime, keepWindows } from './time.ts';
import { rootMessage } from '../temporal/failure.ts';
import { holdGate, type Rework } from './gates.ts';
import { handedOver } from '../../activities/slices.ts';
import { handoverOf } from '../../views/handover.ts';
import { overviews } from '../../views/state.ts';
import { keepLedger, nextWorkflowTask, unrecorded } from './ledger.ts';
import { CurrentDetails } from '../temporal/current-details.ts';
import { Inbox } from '../temporal/inbox.ts';
import { Seals } from '../temporal/seals.ts';
import { type IncomingMessage, Mailbox, verifySigned } from '../channel/mailbox.ts';
import type { PhaseInput, PhaseResult } from '../../contract/inputs.ts';
import { bytesOf } from '../../base/json.ts';
import type { PhaseSnapshot } from '../../contract/state.ts';
import type { LedgerEntry } from '../../gates/ledger.ts';
import type { GatesState } from '../../gates/model.ts';
import { rework, runMilestones } from './milestones.ts';
import { startNext } from './next.ts';
import { keepNotices, lastNotices } from './notices.ts';
import { Reporter } from './reporting.ts';
import { PhaseRun } from './run.ts';
import { nextPass } from '../temporal/passes.ts';
import { answerQueries, boardOf, showChanges, type View } from './show.ts';
import { hearMilestone, noteDenied } from '../channel/reports.ts';

/** Bytes of the ledger that a phase's result may hold: people read it in the Web UI. */
const RESULT_BYTES = 20_000;

/** What a person can do when no archive writes the record. */
const BY_COMMAND = 'npm run record -- export writes them once the phase has ended';

/**
 * A delivery phase: entry gate, milestones as their dependencies allow, completion gate, hand-over. It owns every gate, every
 * decision and the ledger. Nothing fails it by itself: it ends completed, or cancelled.
 *
 * @param inbox, details, seals from the interceptors
 * @param showState from the interceptors of a replay, which look at the state after each activation
 */
export async function phase(
  input: PhaseInput,
  inbox = new Inbox<IncomingMessage>(),
  details = new CurrentDetails(),
  seals = new Seals(),
  showState?: (state: () => GatesState | undefined) => void,
): Promise<PhaseResult> {
  const mailbox = new Mailbox(inbox);
  const view: View = { state: 'compiling' };
  answerQueries(view);
  showState?.(() => view.run?.gates);
  details.use(() => boardOf(view));

  const { start, run, archiving } = await begun(input, view, seals);
  view.run = run;
  view.state = 'running';
  seals.listen((denied, isLocal) => {
    if (!isLocal) run.clock.set();
    noteDenied(run, denied);
  });
  void archiving.then((problem) => {
    if (problem !== undefined)
      run.apply({ type: 'note', what: 'histories not kept', reason: `${problem}; ${BY_COMMAND}` });
  });
  mailbox.open({
    received: () => {
      run.clock.set();
    },
    judge: (name, body, proof) => run.judge(name, body, proof),
    hear: (incoming, body) => hearMilestone(run, incoming, body, seals),
    verify: (body) => verifySigned(run, body),
    pause: () => nextWorkflowTask(run),
  });
  // What is shown follows every change, also while a cancelled phase settles.
  void CancellationScope.nonCancellable(() => showChanges(view, run));
  void CancellationScope.nonCancellable(() => keepLedger(run));
  void CancellationScope.nonCancellable(() => keepTime(run));
  void CancellationScope.nonCancellable(() => keepWindows(run));
  void keepNotices(run);
  void keepAmendments(run);
  const reporter = new Reporter(run, start);
  reporter.keep();

  CancellationScope.current().cancelRequested.catch(() => {
    run.clock.set();
  });

  try {
    const rest = execute(run, start);
    if (await hasToContinue(rest, run, mailbox, reporter)) {
      // The snapshot has the hand-over.
      const { handover: _given, ...start } = input;
      return await continueAsNew<typeof phase>({ ...start, resume: run.snapshot() });
    }
    await rest;
    const document = handoverOf(run, input.by, run.clock.now, handedOver(run.gates));
    const handover = await phaseActivities('hand-over').writeHandover(document);
    run.clock.set();
    if (run.plan.starts !== undefined) await startNext(run, run.plan.starts, document);
    run.apply({
      type: 'over',
      reason: `completed; hand-over ${handover.where} in the records directory`,
      basedOn: { handover: handover.sha256 },
    });
    view.state = 'completed';
    run.show(view.state);
    await reporter.last();
    const last = await end(run, mailbox, true);
    return {
      phase: input.phase,
      state: 'completed',
      handover,
      milestones: overviews(run),
      ledger: { length: run.gates.ledger.length, head: run.gates.ledger.head, last },
    };
  } catch (error) {
    if (isCancellation(error)) {
      view.state = 'cancelled';
      if (run.gates.over !== true) run.apply({ type: 'over', reason: 'cancelled' });
      run.show(view.state);
      await end(run, mailbox, false);
    }
    throw error;
  }
}

/** Begins, or goes on where the run before has ended. A query to a phase that cannot start answers that it has failed. */
async function begun(
  input: PhaseInput,
  view: View,
  seals: Seals,
): Promise<{ readonly start: Start; readonly run: PhaseRun; readonly archiving: ReturnType<typeof startArchive> }> {
  try {
    checkStart(input);
    const start = readStart(input);
    seals.trust(input.resume?.workers ?? null);
    const archiving = startArchive();
    const run =
      input.resume === undefined
        ? new PhaseRun(input.phase, await begin(input, seals))
        : resumed(input.phase, input.resume);
    return { start, run, archiving };
  } catch (error) {
    view.state = isCancellation(error) ? 'cancelled' : 'failed';
    throw error;
  }
}

/** Goes on where the run before has ended. Anyone who may start workflows can pass any snapshot, and a bad one must not leave it stuck. */
function resumed(name: string, snapshot: PhaseSnapshot): PhaseRun {
  try {
    return new PhaseRun(name, snapshot);
  } catch (error) {
    throw ApplicationFailure.nonRetryable(
      `"resume" is not what a run before has handed over (${rootMessage(error)}); start the phase without it`,
      'InvalidStart',
    );
  }
}

/**
 * Judges what has come until now, and completes the ledger, which then stands in the history, except for the entries returned.
 *
 * @param hasResult whether the phase has a result that can hold the ledger's last entries
 * @returns the entries that the result has to hold
 */
async function end(run: PhaseRun, mailbox: Mailbox, hasResult: boolean): Promise<LedgerEntry[]> {
  await lastNotices(run);
  return CancellationScope.nonCancellable(async () => {
    // Local activities that are under way when a workflow ends are dropped, with the entries that they would have recorded.
    const isQuiet = () => mailbox.idle && allHandlersFinished() && run.passing.size === 0;
    for (;;) {
      await condition(isQuiet);
      // Others have gone on since.
      if (!isQuiet()) continue;
      const last = unrecorded(run);
      if (last.length === 0 || (hasResult && bytesOf(last) <= RESULT_BYTES)) return last;
      await nextWorkflowTask(run);
    }
  });
}

async function execute(run: PhaseRun, start: Start): Promise<void> {
  const redo: Rework = (gate, tasks) => rework(run, start, gate, tasks);
  await holdGate(run, 'entry', redo);
  await runMilestones(run, start);
  await holdGate(run, 'completion', redo);
}

/**
 * Waits until the rest of the phase is over, or its history has become long. Milestones that run go on; the next run takes them over.
 *
 * Entries of the ledger that came while the rest was recorded travel to the next run in its snapshot, which records them: a steady
 * flow of messages must not keep the phase from continuing.
 *
 * @returns whether the phase has to continue as new; nothing is under way then that would be lost
 */
async function hasToContinue(
  rest: Promise<void>,
  run: PhaseRun,
  mailbox: Mailbox,
  reporter: Reporter,
): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  void rest.then(end, end);
  const isQuiet = () =>
    run.starting === 0 &&
    run.opening.size === 0 &&
    [...run.lookedFor].every((number) => !run.ended.has(number)) &&
    run.pendingNotices.length === 0 &&
    mailbox.idle &&
    allHandlersFinished();
  // A cancellation does not travel to the next run: what is cancelled settles in this one.
  const scope = CancellationScope.current();
  const isLong = () =>
    workflowInfo().continueAsNewSuggested && !scope.consideredCancelled && !run.isTooLarge && isQuiet();
  for (;;) {
    // A cancelled phase is over only when its milestones have settled what they had begun.
    await CancellationScope.nonCancellable(() => condition(() => over || isLong()));
    if (over) return false;
    await reporter.stop();
    await nextWorkflowTask(run);
    // The workflow task may unblock others, such as the search attributes. They go on first: the server refuses commands after the last.
    await CancellationScope.nonCancellable(() => nextPass());
    await CancellationScope.nonCancellable(() => nextPass());
    // Meanwhile a message may have come, or a gate may have cleared.
    if (!hasEnded() && isLong() && run.canContinue()) return true;
    reporter.resume();
  }

  // A function, because the compiler does not see that another coroutine changes it.
  function hasEnded(): boolean {
    return over;
  }
}
