import { stringify } from 'yaml';
import type { PublicKey } from '../../src/identity/registry.ts';

/** `  dana: { keys: [{ kty: OKP, crv: Ed25519, x: … }] }`, to stand under `people:`. */
export function playbookLine(name: string, jwk: PublicKey): string {
  return `  ${stringify(name, { lineWidth: 0 }).trim()}: { keys: ${listOf(jwk)} }`;
}

/** `workers: { keys: [{ kty: OKP, crv: Ed25519, x: … }] }`, at the top of a playbook. */
export function workersLine(jwk: PublicKey): string {
  return `workers: { keys: ${listOf(jwk)} }`;
}

function listOf(jwk: PublicKey): string {
  const list = stringify([jwk], { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return list.replace(/^\[ \{/, '[{').replace(/\} \]$/, '}]');
}
