import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** Multiples of a key: `[place][digit - 1]` is the digit times 16 to the power of the place. Takes 0.2 MB. */
type Multiples = readonly (readonly Point[])[];

/** Keys whose multiples are kept, which makes verification three times as fast. */
const KEPT = 16;
/** Hexadecimal digits of a number below the order of the curve. */
const PLACES = 64;

// It holds what a pure function answers, so no workflow can tell whether another one has filled it.
// eslint-disable-next-line no-restricted-syntax -- one for each workflow would cost each of them the tables
const known = new Map<string, Multiples>();

/**
 * Whether an Ed25519 signature (RFC 8032) is of this text and by this key. Plain JavaScript, because workflow code cannot load
 * `node:crypto`. Never throws.
 *
 * @param key public key, 32 bytes in base64url
 * @param signature 64 bytes in base64url
 */
export function isSignedBy(key: string, text: string, signature: string): boolean {
  try {
    const bytes = base64urlBytes(signature, 64);
    const [r, s] = [bytes.subarray(0, 32), numberOf(bytes.subarray(32))];
    const hash = sha512(concatBytes(r, base64urlBytes(key, 32), utf8ToBytes(text)));
    // Throws for an `s` that is not the smallest one, with which a signature would have several forms.
    const base = Point.BASE.multiplyUnsafe(s);
    const found = base.subtract(times(multiplesOf(key), numberOf(hash) % Point.CURVE().n));
    return bytesToHex(found.toBytes()) === bytesToHex(r);
  } catch {
    return false;
  }
}

/** The key times a number. */
function times(multiples: Multiples, factor: bigint): Point {
  let sum = Point.ZERO;
  for (let [place, rest] = [0, factor]; rest > 0n; place += 1, rest >>= 4n) {
    const multiple = multiples[place]?.[Number(rest & 15n) - 1];
    if (multiple !== undefined) sum = sum.add(multiple);
  }
  return sum;
}

/** @throws Error when the key is no point of the curve, or one for which signatures can be made without a private key */
function multiplesOf(key: string): Multiples {
  const before = known.get(key);
  if (before !== undefined) return before;
  const point = Point.fromBytes(base64urlBytes(key, 32));
  if (point.isSmallOrder()) throw new RangeError('a point of small order');
  const multiples: Point[][] = [];
  for (let [place, unit] = [0, point]; place < PLACES; place += 1) {
    const row = [unit];
    for (let last = unit; row.length < 16; row.push(last)) last = last.add(unit);
    multiples.push(row.slice(0, 15));
    unit = row[15] ?? unit;
  }
  if (known.size >= KEPT) known.clear();
  known.set(key, multiples);
  return multiples;
}

/** The number that bytes hold, the lowest first. */
function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(Uint8Array.from(bytes).reverse())}`);
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** @throws RangeError when the text is not the canonical form of so many bytes */
function base64urlBytes(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (text.length !== Math.ceil((length * 8) / 6)) throw new RangeError('another length');
  let [bits, kept, at] = [0, 0, 0];
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) throw new RangeError('no base64url');
    bits = ((bits << 6) | value) & 0xffff;
    kept += 6;
    if (kept < 8) continue;
    kept -= 8;
    bytes[at] = (bits >> kept) & 0xff;
    at += 1;
  }
  if ((bits & ((1 << kept) - 1)) !== 0) throw new RangeError('not the canonical form');
  return bytes;
}
