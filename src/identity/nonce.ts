import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { DecisionClaims } from './claims.ts';

/** The `nonce` to ask an ID token for, so that it counts for this decision and no other. */
export function decisionNonce(claims: DecisionClaims): string {
  return createHash('sha256')
    .update(canonicalize(claims) ?? '')
    .digest('base64url');
}
