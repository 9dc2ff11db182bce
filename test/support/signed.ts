import { randomUUID } from 'node:crypto';
import type { DecisionClaims } from '../../src/identity/claims.ts';
import { readKey } from '../../src/identity/keys.ts';
import { signDecision } from '../../src/identity/decision.ts';
import type { PhaseHandle } from './harness.ts';

/** What somebody would sign who approves a gate as it is shown, the entry gate unless another is named, with some claims changed. */
export async function claimsOf(
  phase: PhaseHandle,
  by: string,
  changed: Partial<DecisionClaims> = {},
): Promise<DecisionClaims> {
  const { run, gates } = await phase.gates();
  const { gate = 'entry' } = changed;
  const shown = gates.find((open) => open.gate === gate);
  const now = Math.floor(Date.now() / 1000);
  return {
    aud: 'phasegate',
    sub: by,
    phase: phase.id,
    run,
    gate,
    round: 1,
    nonce: shown?.nonce ?? 'none',
    subject: shown?.subject ?? '',
    verdict: 'approve',
    iat: now,
    exp: now + 300,
    jti: randomUUID(),
    ...changed,
  };
}

/** The message that carries a signed decision. */
export async function signed(claims: DecisionClaims, pem: string): Promise<{ jws: string }> {
  return { jws: await signDecision(claims, readKey(pem)) };
}
