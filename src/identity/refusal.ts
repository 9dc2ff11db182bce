import { errors } from 'jose';

/** Why a token does not count. Its message is one sentence that repeats nothing of the token. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What is said of a token where the reason depends on its sort. */
export interface Words {
  readonly unreadable: string;
  readonly algorithm: string;
  readonly expired: string;
  /** By the claim that fails. */
  readonly claims: { readonly [claim: string]: string };
}

/** The refusal that an error of `jwtVerify` stands for. */
export function refusalFor(error: unknown, words: Words): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(sentence(error, words));
}

function sentence(error: unknown, words: Words): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not match what it says';
  if (error instanceof errors.JOSEAlgNotAllowed) return words.algorithm;
  if (error instanceof errors.JWTExpired) return words.expired;
  if (error instanceof errors.JWTClaimValidationFailed) return words.claims[error.claim] ?? words.unreadable;
  return words.unreadable;
}
