import type { JsonObject } from '../base/json.ts';
import type { ActivityTools } from './kinds.ts';

const EVERY_MS = 5_000;

/**
 * Runs `action` and heartbeats meanwhile, also while nothing happens: an activity that is silent for longer than its heartbeat
 * timeout counts as lost, and only with a heartbeat does it hear of its cancellation.
 *
 * @param action is given a function that replaces what the heartbeats show, and shows it at once
 */
export async function keepBeating<T>(
  tools: Pick<ActivityTools, 'heartbeat'>,
  first: JsonObject,
  action: (show: (details: JsonObject) => void) => Promise<T>,
): Promise<T> {
  let details = first;
  const beat = () => {
    tools.heartbeat(details);
  };
  beat();
  const timer = setInterval(beat, EVERY_MS);
  try {
    return await action((latest) => {
      details = latest;
      beat();
    });
  } finally {
    clearInterval(timer);
  }
}
