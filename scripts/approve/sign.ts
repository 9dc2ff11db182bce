import { randomUUID, type KeyObject } from 'node:crypto';
import { AUDIENCE, type DecisionClaims } from '../../src/identity/claims.ts';
import { signDecision } from '../../src/identity/sign.ts';
import type { OpenGates } from '../../src/workflows/messages.ts';
import { UserError } from '../command-line.ts';
import type { ConnectedClient } from '../temporal-client.ts';
import type { Decision } from './decision.ts';

/** How long a decision may be on its way, in seconds. */
const LIFETIME = 600;

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
  const now = Math.floor(Date.now() / 1000);
  const claims: DecisionClaims = {
    ...(said as Omit<typeof said, 'rework' | 'evidence'>),
    ...(message.rework === undefined ? {} : { rework: [...message.rework] }),
    aud: AUDIENCE,
    sub: by,
    phase: workflowId,
    run,
    round: gate.round,
    nonce: gate.nonce,
    subject: gate.subject,
    verdict: name,
    iat: now,
    exp: now + LIFETIME,
    jti: randomUUID(),
  };
  return { jws: await signDecision(claims, key) };
}
