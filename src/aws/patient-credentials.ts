import { setTimeout as sleep } from 'node:timers/promises';
import type { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** Fetches the credentials of a role. */
export type RoleCredentials = ReturnType<typeof fromTemporaryCredentials>;

/** A role that was created just now cannot be assumed at once everywhere; so long it is tried, in milliseconds. */
const LONGEST_MS = 30_000;
const PAUSE_MS = 2_000;

/**
 * Asks again while a role cannot be assumed: a phase creates roles, and acts in them a moment later. All who ask wait together; once
 * that time is over, a refusal is a refusal until the role has been assumed.
 */
export function patientCredentials(
  fetch: RoleCredentials,
  { longestMs = LONGEST_MS, pauseMs = PAUSE_MS }: { readonly longestMs?: number; readonly pauseMs?: number } = {},
): RoleCredentials {
  let giveUp: number | undefined;
  return async (properties) => {
    for (;;) {
      try {
        const credentials = await fetch(properties);
        giveUp = undefined;
        return credentials;
      } catch (error) {
        giveUp ??= Date.now() + longestMs;
        const isDenied = error instanceof Error && error.name === 'AccessDenied';
        if (!isDenied || Date.now() >= giveUp) throw error;
        await sleep(pauseMs);
      }
    }
  };
}
