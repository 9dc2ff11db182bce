import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../identity/claims.ts';
import { signedInSubject } from '../../identity/id-token.ts';
import { providerKeys, ProviderUnavailable } from '../../identity/provider.ts';
import type { Expected } from '../../identity/verify.ts';
import { Declined } from './declined.ts';

/**
 * The ID token that the proxy passes, with or without the word Bearer.
 *
 * @throws Declined when there is none
 */
export function passedToken({ headers }: IncomingMessage, header: string): string {
  const value = headers[header];
  const token = typeof value === 'string' ? value.replace(/^Bearer(\s+|$)/i, '').trim() : '';
  if (token === '') throw declined(401, 'no ID token came with the request');
  return token;
}

/**
 * The person whom an ID token of the proxy is for. It tells who is signed in; it vouches for no decision.
 *
 * @throws Declined when the token does not count, or is for nobody of the playbook
 */
export async function personOf(idToken: string, { people, oidc }: Pick<Expected, 'people' | 'oidc'>): Promise<string> {
  if (oidc === undefined) throw declined(403, 'the playbook names no provider whose ID tokens count');
  const subject = await refusalsDeclined(401, () => signedInSubject(idToken, providerKeys(oidc), oidc, Date.now()));
  const [person, another] = Object.entries(people).filter(([, one]) => one.subject === subject);
  if (person === undefined) throw declined(403, 'the ID token is for a person whom the playbook does not name');
  if (another !== undefined) throw declined(403, 'the playbook names several people with the subject of the ID token');
  return person[0];
}

/** Runs what looks at a token: a token that does not count is answered with a page. */
export async function refusalsDeclined<T>(status: number, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Refusal) throw declined(status, error.message);
    if (error instanceof ProviderUnavailable) {
      throw new Declined(502, 'The provider does not answer', `${error.message} Nothing was sent.`);
    }
    throw error;
  }
}

/** @param reason one sentence without its end, as a `Refusal` has it */
export function declined(status: number, reason: string, more: Declined['more'] = {}): Declined {
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}. Nothing was sent.`;
  return new Declined(status, 'You cannot decide with this sign-in', sentence, more);
}
