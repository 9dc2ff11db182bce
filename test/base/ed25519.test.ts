import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { isSignedBy } from '../../src/base/ed25519.ts';

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');

describe('signatures of Ed25519', () => {
  it('hold as RFC 8032 has them', () => {
    // Section 7.1, test 1 and test 2.
    const vectors = [
      [
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        '',
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      ],
      [
        '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
        'r',
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ],
    ] as const;
    for (const [key, text, signature] of vectors) {
      assert.equal(isSignedBy(base64url(key), text, base64url(signature)), true);
      assert.equal(isSignedBy(base64url(key), `${text}x`, base64url(signature)), false);
    }
  });

  it('hold as Node makes them, for more keys than are kept, and for no other key or text', () => {
    const keys = Array.from({ length: 20 }, () => generateKeyPairSync('ed25519'));
    const publicOf = ({ publicKey }: (typeof keys)[number]) => publicKey.export({ format: 'jwk' }).x as string;
    for (const [index, pair] of keys.entries()) {
      const text = `Größe ${String(index)} \u{1F511}`;
      const signature = sign(null, Buffer.from(text), pair.privateKey).toString('base64url');
      assert.equal(isSignedBy(publicOf(pair), text, signature), true);
      assert.equal(isSignedBy(publicOf(keys[(index + 1) % keys.length]!), text, signature), false);
      assert.equal(isSignedBy(publicOf(pair), text.toUpperCase(), signature), false);
    }
  });

  it('have one form only', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'jwk' }).x as string;
    const bytes = sign(null, Buffer.from('text'), privateKey);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
    const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
    assert.equal(isSignedBy(key, 'text', Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')), false);
    const text = bytes.toString('base64url');
    for (const broken of ['', text.slice(1), `${text}A`, `${text.slice(0, -1)}B`, text.replace(/^./, '*')]) {
      assert.equal(isSignedBy(key, 'text', broken), false, broken);
    }
  });

  it('do not hold for a key of small order, for which they can be made without a private key', () => {
    const zero = base64url(`01${'00'.repeat(31)}`);
    assert.equal(isSignedBy(zero, 'text', base64url(`01${'00'.repeat(63)}`)), false);
    assert.equal(isSignedBy('no key', 'text', 'no signature'), false);
  });
});
