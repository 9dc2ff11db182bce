import { EventReader, NESTED_STACK, type StackEvent } from './events.ts';
import type { StackAddress } from './stack.ts';

/**
 * Reads the events of nested stacks, however deep. They are followed by their ids: a nested stack that is replaced keeps its
 * logical id while the new one is created and the old one deleted.
 */
export class NestedEvents {
  readonly #address: StackAddress;
  readonly #readers = new Map<string, { readonly reader: EventReader; readonly path: string }>();
  /** When the operation began; what happened to a nested stack before belongs to another one. */
  #since = 0;

  constructor(address: StackAddress) {
    this.#address = address;
  }

  /** Takes note of the nested stacks that events of a stack name. */
  watch(events: readonly StackEvent[], path = ''): void {
    if (path === '') this.#since ||= events[0]?.at ?? 0;
    for (const { type, ofStack, status, physicalId, resource } of events) {
      if (type !== NESTED_STACK || ofStack || !status.endsWith('_IN_PROGRESS')) continue;
      // The first event of a creation comes before the id.
      if (!physicalId.startsWith('arn:') || this.#readers.has(physicalId)) continue;
      const reader = new EventReader(this.#address, physicalId);
      this.#readers.set(physicalId, { reader, path: `${path}${resource}/` });
    }
  }

  /** Events of all nested stacks since the last call. Their resources are named by the ids that lead to them: `Storage/Bucket`. */
  async next(): Promise<StackEvent[]> {
    const fresh: StackEvent[] = [];
    const read = new Set<EventReader>();
    for (;;) {
      const unread = [...this.#readers.values()].filter(({ reader }) => !read.has(reader));
      if (unread.length === 0) return fresh.sort((one, other) => one.at - other.at);
      for (const { reader, path } of unread) {
        read.add(reader);
        const events = (await this.#read(reader)).filter(({ at }) => at >= this.#since);
        this.watch(events, path);
        fresh.push(...events.map((event) => ({ ...event, resource: nameOf(event, path) })));
      }
    }
  }

  /** They tell progress and causes. Where they are not to be had, AWS goes on all the same, and so does the deployment. */
  async #read(reader: EventReader): Promise<StackEvent[]> {
    try {
      return await reader.next();
    } catch {
      this.#address.signal.throwIfAborted();
      return [];
    }
  }
}

function nameOf({ ofStack, resource }: StackEvent, path: string): string {
  return ofStack ? path.slice(0, -1) : `${path}${resource}`;
}
