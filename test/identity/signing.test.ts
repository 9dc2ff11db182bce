import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { signDecision } from '../../src/identity/decision.ts';
import { claims, dana } from './fixture.ts';

describe('signing', () => {
  it('refuses keys that do not sign decisions', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await assert.rejects(signDecision(claims(), privateKey), /must be an Ed25519 or a P-256 key/);
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    await assert.rejects(signDecision(claims(), p384), /must be an Ed25519 or a P-256 key/);
    await assert.rejects(signDecision(claims(), createPublicKey(dana.key)), /with a private key/);
  });

  it('refuses what would be refused as no decision', async () => {
    await assert.rejects(signDecision(claims({ round: -1 }), dana.key), /cannot be signed: round: /);
    const rework = Array.from({ length: 200 }, () => 'r'.repeat(200));
    await assert.rejects(signDecision(claims({ rework }), dana.key), /more than 16000 characters/);
  });
});
