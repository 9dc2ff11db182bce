import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Effect, NoticeKind } from '../../gates/events.ts';
import type { GateState } from '../../gates/model.ts';
import { subjectOf, type Notice } from '../../contract/notice.ts';
import type { GateId } from '../../plan/gate-model.ts';
import { notifyActivities } from '../temporal/activities.ts';
import { rootMessage } from '../temporal/failure.ts';
import { needsInWords } from '../../views/words.ts';
import type { PhaseRun } from './run.ts';
import { gateTitle, shownGates, type ShownGate } from '../../views/gates.ts';
import { taskNotice } from '../../views/task-notice.ts';

/** How long an ended phase waits for notices that are still being delivered. */
const PATIENCE = '10 seconds';

/** How many notices are delivered at a time: each is an activity that goes on for a day at most, and travels with the phase. */
const UNDER_WAY = 100;

/** Sends what gates and tasks have to tell, for as long as the phase runs. Nothing waits for it: a dead channel holds no gate up. */
export async function keepNotices(run: PhaseRun): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const notice of run.state.undelivered) void deliver(run, notice);
    for (;;) {
      await condition(() => run.pendingNotices.length > 0);
      for (const notice of noticesOf(run, run.pendingNotices.splice(0))) {
        if (run.state.undelivered.length >= UNDER_WAY) {
          note(run, notice, `${String(UNDER_WAY)} others are being delivered`);
          continue;
        }
        run.state.undelivered = [...run.state.undelivered, notice];
        void deliver(run, notice);
      }
    }
  });
}

/** Waits a little for the last notices. When the phase closes, their delivery is no longer attempted. */
export async function lastNotices(run: PhaseRun): Promise<void> {
  if (run.pendingNotices.length === 0 && run.state.undelivered.length === 0) return;
  const isTold = () => run.pendingNotices.length === 0 && run.state.undelivered.length === 0;
  await CancellationScope.nonCancellable(() => condition(isTold, PATIENCE, { summary: 'last notices' }));
}

async function deliver(run: PhaseRun, notice: Notice): Promise<void> {
  const { plan, identity } = run;
  const activities = notifyActivities(`notice · ${notice.kind} · ${subjectOf(notice) ?? identity.workflowId}`);
  try {
    const request = { phase: identity.name, notice, channels: plan.channels ?? [] };
    const { refused } = await activities.notify(request);
    run.clock.set();
    for (const problem of refused) note(run, notice, problem);
  } catch (error) {
    run.clock.set();
    note(run, notice, rootMessage(error));
  }
  run.state.undelivered = run.state.undelivered.filter(({ id }) => id !== notice.id);
}

function note(run: PhaseRun, notice: Notice, problem: string): void {
  const on = subjectOf(notice);
  const reason = `${notice.kind}: ${problem}`;
  run.apply({ type: 'note', what: 'notice not delivered', on, reason });
}

/** One for each gate, and one for all tasks that have come to the same in the meantime: a lost milestone blocks all of its own. */
function noticesOf(run: PhaseRun, effects: readonly NoticeEffect[]): Notice[] {
  const ofTasks = effects.filter((effect) => 'task' in effect);
  return [
    ...effects.filter((effect) => 'gate' in effect).map((effect) => gateNotice(run, effect)),
    ...(['blocked', 'overdue'] as const).flatMap((kind) => {
      const told = taskNotice(
        run.gates,
        run.identity.workflowId,
        ofTasks.filter((effect) => effect.kind === kind),
      );
      return told === undefined ? [] : [{ id: nextId(run), ...told }];
    }),
  ];
}

type NoticeEffect = Effect & { type: 'notice' };

const titles: { readonly [kind in Exclude<NoticeKind, 'closed'>]: string } = {
  opened: 'is open',
  reminder: 'still waits',
  escalated: 'has passed its deadline',
  overridden: 'was overridden',
};

/** How a gate has closed. */
const endings: { readonly [state in GateState['state']]: string } = {
  cleared: 'has cleared',
  rejected: 'was rejected',
  pending: 'is not needed any more',
  open: 'is open again',
};

function gateNotice(
  run: PhaseRun,
  { gate: id, kind, reason }: Extract<NoticeEffect, { readonly gate: GateId }>,
): Notice {
  const { gate, round, state } = run.gate(id);
  const { workflowId } = run.identity;
  const open = shownGates(run.gates, workflowId).find((one) => one.gate === id);
  const asks = kind !== 'closed' && kind !== 'overridden' && open !== undefined;
  return {
    id: nextId(run),
    kind,
    phase: workflowId,
    gate: id,
    title: `${workflowId}: ${gateTitle(gate)} ${kind === 'closed' ? endings[state] : titles[kind]} (round ${String(round)})`,
    text: [reason, ...(asks ? criteriaLines(open) : [])].join('\n'),
    ...(asks && open.command !== undefined ? { command: open.command } : {}),
  };
}

function nextId(run: PhaseRun): string {
  run.state.noticeCount += 1;
  return `${workflowInfo().firstExecutionRunId}-${String(run.state.noticeCount)}`;
}

function criteriaLines({ unmet, waits }: ShownGate): string[] {
  return [
    ...unmet.map((criterion) => `${String(criterion.number)} ${criterion.text}: ${needsInWords(criterion)}`),
    ...waits,
  ];
}
