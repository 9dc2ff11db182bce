import { WorkflowNotFoundError } from '@temporalio/client';
import { type KeyObject, randomUUID } from 'node:crypto';
import type { OpenGates } from '../../src/contract/answers.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import type { DecisionMessage, DecisionName } from '../../src/gates/model.ts';
import { newDecision } from '../../src/identity/claims.ts';
import { signDecision } from '../../src/identity/decision.ts';
import { UserError } from '../command-line.ts';
import type { ConnectedClient } from '../temporal-client.ts';
import { isWithoutWorker } from '../../src/worker/without-worker.ts';

/** A person's decision about a gate, and the phase that it is sent to. */
export interface Decision {
  readonly workflowId: string;
  readonly name: Extract<DecisionName, 'approve' | 'reject' | 'waive' | 'withdraw' | 'override'>;
  readonly message: Omit<DecisionMessage, 'id'>;
}

/** Milliseconds that a worker may take to answer. */
const PATIENCE = 15_000;

/** Sends a decision as an Update and returns the phase's verdict on it. */
export async function decide(connected: ConnectedClient, decision: Decision, key?: KeyObject): Promise<Verdict> {
  const { client, connection } = connected;
  const { workflowId, name, message } = decision;
  // With an id of its own, a decision that the network delivers twice counts once.
  const unsigned: DecisionMessage = { ...message, id: randomUUID() };
  let body: object = unsigned;
  try {
    const soon = Date.now() + PATIENCE;
    if (key !== undefined) body = await connection.withDeadline(soon, () => sign(connected, decision, key));
    return await connection.withDeadline(soon, () =>
      client.workflow.getHandle(workflowId).executeUpdate<Verdict, [object]>(name, { args: [body] }),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new UserError(`No phase is running with workflow id ${workflowId}.`);
    if (!isWithoutWorker(error)) throw error;
    const problem = `No worker has answered within ${PATIENCE / 1000} s. Start one (npm start)`;
    if (key !== undefined && body === unsigned) {
      throw new UserError(`${problem}, and decide again: what is signed is for the round that it tells.`);
    }
    throw new UserError(
      `${problem}, or leave the decision for it as a Signal:\n${signalCommand(workflowId, name, body)}`,
    );
  }
}

function signalCommand(workflowId: string, name: string, body: object): string {
  const input = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `  temporal workflow signal --workflow-id ${workflowId} --name ${name} --input '${input}'`;
}

/** Signs a decision over what the phase shows of the gate just now: its round, nonce and subject. */
export async function sign(
  { client }: Pick<ConnectedClient, 'client'>,
  { workflowId, name, message }: Decision,
  key: KeyObject,
): Promise<{ jws: string }> {
  const { run, gates } = await client.workflow.getHandle(workflowId).query<OpenGates>('gates');
  const gate = gates.find((open) => open.gate === message.gate);
  if (gate?.nonce === undefined) throw new UserError(`${message.gate} is not open, so there is nothing to sign.`);
  if (message.round !== undefined && message.round !== gate.round) {
    throw new UserError(`${message.gate} is in round ${String(gate.round)} by now; look at it again.`);
  }
  const { by, ...said } = message;
  const claims = newDecision(
    {
      ...(said as Omit<typeof said, 'rework' | 'evidence'>),
      ...(message.rework === undefined ? {} : { rework: [...message.rework] }),
      sub: by,
      phase: workflowId,
      run,
      round: gate.round,
      nonce: gate.nonce,
      subject: gate.subject,
      verdict: name,
    },
    Date.now(),
  );
  return { jws: await signDecision(claims, key) };
}
