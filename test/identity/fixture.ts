import { createHash, randomUUID, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { DecisionClaims } from '../../src/identity/claims.ts';
import { newKey, readKey } from '../../src/identity/keys.ts';
import { algorithmOf, type PublicKey } from '../../src/identity/registry.ts';
import type { Expected, Refused } from '../../src/identity/verify.ts';

/** 2026-01-01, in seconds. */
export const made = 1_767_225_600;
export const now = (made + 10) * 1000;

export interface TestKey {
  readonly jwk: PublicKey;
  readonly key: KeyObject;
}

export function testKey(alg: 'EdDSA' | 'ES256' = 'EdDSA'): TestKey {
  const { pem, jwk } = newKey(alg);
  return { jwk, key: readKey(pem) };
}

export const dana = testKey();
export const lena = testKey('ES256');

export const expected: Expected = {
  people: { dana: { keys: [dana.jwk], subject: 'dana@idp' }, lena: { keys: [lena.jwk] } },
  phase: 'phase-4',
  run: 'run-1',
  now,
};

export function claims(more: Partial<DecisionClaims> = {}): DecisionClaims {
  return {
    aud: 'phasegate',
    sub: 'dana',
    phase: 'phase-4',
    run: 'run-1',
    gate: '4.1/exit',
    round: 1,
    nonce: 'n-1',
    subject: createHash('sha256').update('seen').digest('hex'),
    verdict: 'approve',
    iat: made,
    exp: made + 600,
    jti: randomUUID(),
    ...more,
  };
}

/** Signs anything at all, with the header of a real decision unless told otherwise. */
export async function forge(
  payload: object,
  { key, jwk }: TestKey,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const kid = await calculateJwkThumbprint(jwk);
  return new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg: algorithmOf(jwk), typ: 'phasegate-decision+jwt', kid, ...header })
    .sign(key);
}

/** A token whose parts are what they are, signed or not. */
export function compact(header: unknown, payload: unknown, signature = ''): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}

export function refused(reason: string, by: string | null = 'dana'): Refused {
  return { ok: false, reason, ...(by === null ? {} : { by, gate: '4.1/exit' }) };
}
