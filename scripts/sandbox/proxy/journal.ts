import type { AwsCall } from './call.ts';
import type { Fault } from './faults.ts';

/** One call that came by. */
export interface JournalEntry extends AwsCall {
  /** Milliseconds of the wall clock, when it had been read. */
  readonly at: number;
  readonly fault?: Fault;
  /** What the service answered, also where that never arrived; absent when it was not asked. */
  readonly answer?: { readonly status: number; readonly body: string };
}

/** Every call, in the order in which they ended. */
export class Journal {
  readonly #entries: JournalEntry[] = [];

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Calls of an operation that the service has carried out, whether or not its answer arrived. */
  effects(service: string, operation: string): JournalEntry[] {
    return this.#entries.filter((entry) => entry.service === service && entry.operation === operation && isDone(entry));
  }

  /** How many calls there were, by `service.operation`, most frequent first. */
  counts(): [name: string, count: number][] {
    return ranked(this.#entries.map(({ service, operation }) => `${service}.${operation}`));
  }

  /** How many calls went wrong, by kind, most frequent first. */
  faults(): [kind: string, count: number][] {
    return ranked(this.#entries.flatMap(({ fault }) => fault ?? []));
  }
}

function isDone({ answer }: JournalEntry): boolean {
  return answer !== undefined && answer.status < 300;
}

function ranked(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}
