import { edwards } from '@noble/curves/abstract/edwards.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The curve of Ed25519 (RFC 8032). It is not taken from `@noble/curves/ed25519.js`, which brings four other protocols into the bundle of
 * the workflows.
 */
const Point = edwards(
  {
    p: 2n ** 255n - 19n,
    n: 2n ** 252n + 27742317777372353535851937790883648493n,
    h: 8n,
    a: 2n ** 255n - 20n,
    d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
    Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
    Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
  },
  // Verification needs none, and workflows have none.
  { randomBytes: () => new Uint8Array(64) },
);

type Key = InstanceType<typeof Point>;

/** Keys whose tables are kept: a table takes 0.2 MB, and makes verification three times as fast. */
const KEPT = 16;
/** A table for each key holds this many points for every five bits of a number. */
const WINDOW = 5;

// It holds what a pure function answers, so no workflow can tell whether another one has filled it.
// eslint-disable-next-line no-restricted-syntax -- one for each workflow would cost each of them the tables
const known = new Map<string, Key>();

/**
 * Whether an Ed25519 signature is of this text and by this key. Plain JavaScript, because workflow code cannot load `node:crypto`. Never
 * throws.
 *
 * @param key public key, 32 bytes in base64url
 * @param signature 64 bytes in base64url
 */
export function isSignedBy(key: string, text: string, signature: string): boolean {
  try {
    const bytes = base64urlBytes(signature, 64);
    const [r, s] = [bytes.subarray(0, 32), bytesToNumberLE(bytes.subarray(32))];
    const hash = sha512(concatBytes(r, base64urlBytes(key, 32), utf8ToBytes(text)));
    const k = bytesToNumberLE(hash) % Point.CURVE().n;
    // Refuses an `s` that is not the smallest one: a signature would have several forms.
    const found = Point.BASE.multiplyUnsafe(s).subtract(pointOf(key).multiplyUnsafe(k));
    return bytesToHex(found.toBytes()) === bytesToHex(r);
  } catch {
    return false;
  }
}

/** @throws Error when it is no point of the curve, or one for which signatures can be made without a private key */
function pointOf(key: string): Key {
  const before = known.get(key);
  if (before !== undefined) return before;
  const point = Point.fromBytes(base64urlBytes(key, 32));
  if (point.isSmallOrder()) throw new RangeError('a point of small order');
  point.precompute(WINDOW, true);
  if (known.size >= KEPT) known.clear();
  known.set(key, point);
  return point;
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
