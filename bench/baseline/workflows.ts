/**
 * The baseline: a delivery phase written by hand for a single plan, without ledger, people, checks or board. It has the shape of the
 * bench's phase: three milestones in series, each with four lanes of two tasks, and eleven gates.
 */
import {
  condition,
  defineQuery,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';

export const approve = defineSignal<[{ gate: string }]>('approve');
export const openGate = defineQuery<string | undefined>('openGate');

const { noop } = proxyActivities<{ noop(phase: string): Promise<void> }>({ startToCloseTimeout: '1 minute' });

export async function baselinePhase(milestones: readonly string[]): Promise<void> {
  const { workflowId } = workflowInfo();
  const approved = new Set<string>();
  let open: string | undefined;
  setHandler(approve, ({ gate }) => {
    approved.add(gate);
  });
  setHandler(openGate, () => open);
  const hold = async (gate: string) => {
    open = gate;
    await condition(() => approved.has(gate));
    open = undefined;
  };

  await hold('entry');
  for (const milestone of milestones) {
    await hold(`${milestone}/entry`);
    await executeChild(baselineMilestone, { workflowId: `${workflowId}:${milestone}`, args: [workflowId] });
    await hold(`${milestone}/exit`);
    await hold(`${milestone}/quality`);
  }
  await hold('completion');
}

export async function baselineMilestone(phase: string): Promise<void> {
  const lane = async () => {
    await noop(phase);
    await noop(phase);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
}
