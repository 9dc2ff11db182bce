import { stringify } from 'yaml';
import type { PublicKey } from '../../src/identity/registry.ts';

/** `  dana: { keys: [{ kty: OKP, crv: Ed25519, x: … }] }`, to stand under `people:`. */
export function playbookLine(name: string, jwk: PublicKey): string {
  const list = stringify([jwk], { collectionStyle: 'flow', lineWidth: 0 }).trim();
  const tight = list.replace(/^\[ \{/, '[{').replace(/\} \]$/, '}]');
  return `  ${stringify(name, { lineWidth: 0 }).trim()}: { keys: ${tight} }`;
}
