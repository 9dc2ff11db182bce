import type { Payload, PayloadCodec } from '@temporalio/common';
import { type Mark, unmarked } from '../../contract/signal-mark.ts';
import { sealedPayload, signalStatement } from '../../contract/signal-seal.ts';
import type { Sealer } from './sealer.ts';

/**
 * Signs what a workflow has marked on its way to the server. When it cannot, the workflow task fails, and the server gives it out again,
 * perhaps to a worker that can: a Signal without a seal would be refused, and what it says would be lost.
 *
 * @param sealer `null`: this worker has no key
 */
export function signalCodec(sealer: Sealer | null): PayloadCodec {
  const sealed = async (given: Payload): Promise<Payload> => {
    const [payload, asked] = unmarked(given);
    if (asked === undefined) return payload;
    const mark = JSON.parse(asked) as Mark;
    if (sealer === null) throw new Error(`${NEEDED}, and this worker has none; ${MEND}`);
    const { key } = sealer;
    if (!mark.keys.includes(key)) throw new Error(`${NEEDED}, and this worker has another one (${key}); ${MEND}`);
    return sealedPayload(payload, { key, signature: await sealer.sign(signalStatement(mark, payload)) });
  };
  return {
    encode: (payloads) => Promise.all(payloads.map(sealed)),
    // A workflow passes on what it has received: the failure of an activity when it fails over it. Whoever sends a mark asks for nothing.
    decode: (payloads) => Promise.resolve(payloads.map((given) => unmarked(given)[0])),
  };
}

const NEEDED = 'A phase that asks for signed answers signs what it tells its milestones with a key that it knows';
const MEND = 'give it the file worker.key of the other workers, or set PHASEGATE_WORKER_KEY';
