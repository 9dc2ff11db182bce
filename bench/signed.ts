import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Verdict } from '../src/gates/ledger.ts';
import { sign } from '../scripts/approve/decision.ts';
import { keyOf, people, SIGNED, type Person } from './gate-phases.ts';
import { isMilestoneEntry, plainApproval, runPhase } from './phase-run.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Milliseconds from the last approval of a gate to the start of the work behind it. */
export interface Effects {
  /** After the second of two signed approvals. */
  readonly signed: number[];
  /** After a single unsigned approval. */
  readonly plain: number[];
}

const POLL_MS = 4;

/** Runs phases of both kinds, one at a time and in alternating order. */
export async function measureSigned(client: Client, worker: WorkerProcess, runs: number): Promise<Effects> {
  const figures: Effects = { signed: [], plain: [] };
  const kinds = [
    { kind: 'signed', variant: { phase: SIGNED, lastApproval: signedApproval(client) } },
    { kind: 'plain', variant: {} },
  ] as const;
  for (let run = 0; run < runs; run += 1) {
    for (const { kind, variant } of run % 2 === 0 ? kinds : kinds.toReversed()) {
      figures[kind].push(...(await runPhase(client, worker, POLL_MS, variant)).effects);
    }
  }
  return figures;
}

/** Sends the signed approval of one person, and signs the approval of another. Both happen before the measurement. */
function signedApproval(client: Client) {
  return async (handle: WorkflowHandle, gate: string): Promise<object> => {
    const [first, second] = people;
    if (!isMilestoneEntry(gate)) return plainApproval(handle, gate);
    const [one, two] = [await signFor(client, handle, gate, first), await signFor(client, handle, gate, second)];
    const { code, reason } = await handle.executeUpdate<Verdict, [object]>('approve', { args: [one] });
    if (code !== 'ACCEPTED') throw new Error(`approval of ${gate}: ${code}, ${reason}`);
    return two;
  };
}

async function signFor(client: Client, { workflowId }: WorkflowHandle, gate: string, by: Person): Promise<object> {
  return sign({ client }, { workflowId, name: 'approve', message: { gate, by } }, keyOf(by));
}
