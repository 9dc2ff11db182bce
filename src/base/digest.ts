import { sha256 as hash } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';

/** Hex SHA-256 of a text's UTF-8 bytes. Written in plain JavaScript, because workflow code cannot load `node:crypto`. */
export function sha256(text: string): string {
  return bytesToHex(hash(utf8ToBytes(text)));
}

/** Hex SHA-256 of bytes, also of a `Buffer` from outside of the workflow's sandbox. */
export function sha256OfBytes(bytes: Uint8Array): string {
  return bytesToHex(hash(Uint8Array.from(bytes)));
}

/** Hex SHA-256 over canonical JSON (RFC 8785), so that a digest does not depend on the order of keys. Never throws. */
export function digestOf(value: unknown): string {
  return sha256(canonical(value));
}

/** Canonical JSON (RFC 8785). Never throws. */
export function canonical(value: unknown): string {
  try {
    return canonicalize(value) ?? 'undefined';
  } catch {
    return `not canonical ${written(value)}`;
  }
}

/** Half a character has no canonical form. Texts that hold one must still not all have the same digest. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    // A value that JSON cannot express never arrives in a message, and must not stop a workflow if it does.
    return 'not JSON';
  }
}
