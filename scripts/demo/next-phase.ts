import type { Client } from '@temporalio/client';
import type { OpenGates } from '../../src/contract/answers.ts';

/** Says of the phase that was started with the hand-over what its entry gate has from it, and what it waits for. */
export async function nextPhaseLines(client: Client, workflowId: string): Promise<string> {
  const { gates } = await client.workflow.getHandle(workflowId).query<OpenGates>('gates');
  const lines = gates.flatMap(({ gate, met, unmet }) => [
    `${workflowId} is started with the hand-over and waits at its gate ${gate}:`,
    ...met.map(({ text, how }) => `  ✓ ${text} · ${how}`),
    ...unmet.map(({ text, needs, checks }) => `  – ${text} · ${needs || checks.map(({ kind }) => kind).join(', ')}`),
  ]);
  return lines.length === 0 ? `${workflowId} is started with the hand-over.` : lines.join('\n');
}
