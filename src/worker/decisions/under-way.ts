import { randomBytes } from 'node:crypto';
import type { DecisionClaims } from '../../identity/claims.ts';
import { Declined } from './declined.ts';

/** A decision between its form and the phase. */
export interface UnderWay {
  /** Of the browser in which it was begun. */
  readonly session: string;
  readonly claims: DecisionClaims;
  /** Folder of the phase. */
  readonly phase: string;
  readonly verifier: string;
  /** The ID token: asked for once, since a code counts once. */
  idToken?: Promise<string>;
}

/** Decisions under way in this process. A decision is dropped once it has expired. */
const MOST = 500;
/** Of one browser: the oldest makes room. */
const MOST_OF_ONE = 10;

/** Decisions for which people are signing in. They are kept in memory only: a worker that ends forgets them, and people decide again. */
export class DecisionsUnderWay {
  readonly #known = new Map<string, UnderWay>();

  /** A new name that nobody can guess. */
  static newState(): string {
    return randomBytes(32).toString('base64url');
  }

  /** @throws Declined when too many are under way */
  add(state: string, decision: UnderWay): void {
    const now = Date.now() / 1000;
    for (const [other, { claims }] of this.#known) if (claims.exp < now) this.#known.delete(other);
    const mine = [...this.#known].filter(([, { session }]) => session === decision.session);
    for (const [oldest] of mine.slice(0, Math.max(0, mine.length - MOST_OF_ONE + 1))) this.#known.delete(oldest);
    if (this.#known.size >= MOST) {
      throw new Declined(503, 'Too many decisions are under way', 'Try again in a few minutes. Nothing was sent.');
    }
    this.#known.set(state, decision);
  }

  /** @throws Declined when it is not known, has expired, or was begun in another browser */
  get(state: string, session: string | undefined): UnderWay {
    const found = this.#known.get(state);
    if (found === undefined || found.claims.exp < Date.now() / 1000) {
      throw new Declined(
        400,
        'This sign-in is not known',
        'It was used already, was begun too long ago, or the worker has been restarted. Open the gate again and decide there. Nothing was sent.',
      );
    }
    if (found.session !== session) {
      throw new Declined(
        403,
        'This sign-in was begun in another browser',
        'Open the gate in this browser and decide there. Nothing was sent.',
      );
    }
    return found;
  }

  delete(state: string): void {
    this.#known.delete(state);
  }
}
