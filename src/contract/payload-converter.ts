import { defaultPayloadConverter, encodingTypes, type Payload, type PayloadConverter } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import type { Undecodable } from '../gates/events.ts';
import { marked, ToSign } from './signal-mark.ts';

/**
 * The SDK's default converter made total. Anyone may send a payload in an encoding that cannot be decoded; with the default
 * converter that fails the workflow task for ever, and the phase with it. Here it arrives as a value that the ledger records.
 */
class TotalPayloadConverter implements PayloadConverter {
  toPayload<T>(value: T): Payload {
    if (value instanceof ToSign) return marked(defaultPayloadConverter.toPayload(value.value), value.mark);
    return defaultPayloadConverter.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    // As JSON, which digests and boards need, a megabyte of it would be ten, and take seconds.
    if (isBinary(payload)) return { undecodable: `${String(payload.data?.length ?? 0)} bytes that are no text` } as T;
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      const undecodable: Undecodable = { undecodable: error instanceof Error ? error.message : String(error) };
      return undecodable as T;
    }
  }
}

function isBinary({ metadata }: Payload): boolean {
  const encoding = metadata?.['encoding'];
  return encoding !== undefined && encoding !== null && decode(encoding) === encodingTypes.METADATA_ENCODING_RAW;
}

export const payloadConverter: PayloadConverter = new TotalPayloadConverter();
