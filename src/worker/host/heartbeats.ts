import { type Context, log } from '@temporalio/activity';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { digestOf } from '../../base/digest.ts';
import { isRecord, type JsonObject } from '../../base/json.ts';
import type { Sealer } from '../sealing/sealer.ts';

/** First part of what is authenticated, and the text whose signature makes the key for it. */
const FORM = 'phasegate-heartbeat/1';

/** Where the code stands in what a heartbeat shows. */
const CODE = 'mac';

/**
 * Heartbeats that the next attempt of an activity goes on from. Any client that may write to the namespace can record one for an activity
 * that runs, so each carries a code (HMAC-SHA-256) that only workers with the same key can make: of the worker's signer, whose signature
 * of a fixed text is the secret. It costs one signature for each start of a worker, and none for a heartbeat.
 */
export class Heartbeats {
  private readonly secret: string | undefined;

  private constructor(secret: string | undefined) {
    this.secret = secret;
  }

  /** @param sealer `null`: this worker has no key, and takes heartbeats as they are */
  static async open(sealer: Sealer | null): Promise<Heartbeats> {
    return new Heartbeats(sealer === null ? undefined : await sealer.sign(FORM));
  }

  /** Sends a heartbeat. */
  beat(context: Context, details: JsonObject): void {
    const code = this.codeOf(context, details);
    context.heartbeat(code === undefined ? details : { ...details, [CODE]: code });
  }

  /** What the attempt before has shown last; `undefined` if there was none, or it is not by a worker with this key. */
  earlier(context: Context): unknown {
    const shown = context.info.heartbeatDetails as unknown;
    if (this.secret === undefined) return shown;
    if (!isRecord(shown)) return undefined;
    const { [CODE]: code, ...details } = shown;
    if (isSame(code, this.codeOf(context, details as JsonObject))) return details;
    log.warn('The last heartbeat is not by a worker with this key, so the activity begins anew');
    return undefined;
  }

  private codeOf({ info }: Context, details: JsonObject): string | undefined {
    if (this.secret === undefined) return undefined;
    const { activityType, activityId, workflowExecution: { workflowId, runId } = {} } = info;
    const text = JSON.stringify([FORM, workflowId, runId, activityType, activityId, digestOf(details)]);
    return createHmac('sha256', this.secret).update(text).digest('base64url');
  }
}

function isSame(given: unknown, code: string | undefined): boolean {
  if (typeof given !== 'string' || code === undefined || given.length !== code.length) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(code)];
  return one.length === other.length && timingSafeEqual(one, other);
}
