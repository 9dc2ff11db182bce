import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import type { Undecodable } from './gates/events.ts';

/**
 * The SDK's default converter made total. Anyone may send a payload in an encoding that cannot be decoded; with the default
 * converter that fails the workflow task for ever, and the phase with it. Here it arrives as a value that the ledger records.
 */
class TotalPayloadConverter implements PayloadConverter {
  toPayload<T>(value: T): Payload {
    return defaultPayloadConverter.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      const undecodable: Undecodable = { undecodable: error instanceof Error ? error.message : String(error) };
      return undecodable as T;
    }
  }
}

export const payloadConverter: PayloadConverter = new TotalPayloadConverter();
