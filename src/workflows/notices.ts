import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Effect, NoticeKind } from '../gates/events.ts';
import type { GateState } from '../gates/model.ts';
import type { Notice } from '../notices/notice.ts';
import { notifyActivities } from './activities.ts';
import { rootMessage } from './failure.ts';
import { needsInWords } from './gate-in-words.ts';
import type { PhaseRun } from './phase-run.ts';
import { gateTitle, shownGates, type ShownGate } from './open-gates.ts';

/** How long an ended phase waits for notices that are still being delivered. */
const PATIENCE = '10 seconds';

/** Sends what the gates have to tell, for as long as the phase runs. Nothing waits for it: a dead channel holds no gate up. */
export async function keepNotices(run: PhaseRun): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const notice of run.untold.values()) void deliver(run, notice);
    for (;;) {
      await condition(() => run.news.length > 0);
      for (const effect of run.news.splice(0)) {
        const notice = noticeOf(run, effect);
        run.untold.set(notice.id, notice);
        void deliver(run, notice);
      }
    }
  });
}

/** Waits a little for the last notices: when the phase closes, nobody attempts to deliver them any more. */
export async function lastNotices(run: PhaseRun): Promise<void> {
  if (run.news.length === 0 && run.untold.size === 0) return;
  const isTold = () => run.news.length === 0 && run.untold.size === 0;
  await CancellationScope.nonCancellable(() => condition(isTold, PATIENCE, { summary: 'last notices' }));
}

async function deliver(run: PhaseRun, notice: Notice): Promise<void> {
  const { plan, identity } = run;
  const activities = notifyActivities(`notice · ${notice.kind} · ${notice.gate ?? identity.workflowId}`);
  const told = (problem: string) => {
    const on = notice.gate === undefined ? {} : { on: notice.gate };
    run.apply({ type: 'note', what: 'notice not delivered', ...on, reason: `${notice.kind}: ${problem}` });
  };
  try {
    const request = { phase: identity.name, notice, channels: plan.channels ?? [] };
    const { refused } = await activities.notify(request);
    run.clock.set();
    for (const problem of refused) told(problem);
  } catch (error) {
    run.clock.set();
    told(rootMessage(error));
  }
  run.untold.delete(notice.id);
}

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

function noticeOf(run: PhaseRun, { gate: id, kind, reason }: Effect & { type: 'notice' }): Notice {
  const { gate, round, state } = run.gate(id);
  const { workflowId } = run.identity;
  const open = shownGates(run.gates, workflowId).find((one) => one.gate === id);
  const asks = kind !== 'closed' && kind !== 'overridden' && open !== undefined;
  run.told += 1;
  return {
    id: `${workflowInfo().firstExecutionRunId}-${String(run.told)}`,
    kind,
    phase: workflowId,
    gate: id,
    title: `${workflowId}: ${gateTitle(gate)} ${kind === 'closed' ? endings[state] : titles[kind]} (round ${String(round)})`,
    text: [reason, ...(asks ? criteriaLines(open) : [])].join('\n'),
    ...(asks && open.command !== undefined ? { command: open.command } : {}),
  };
}

function criteriaLines({ unmet, waits }: ShownGate): string[] {
  return [
    ...unmet.map((criterion) => `${String(criterion.number)} ${criterion.text}: ${needsInWords(criterion)}`),
    ...waits,
  ];
}
