import type { AwsCall } from './call.ts';
import type { Fault } from './faults.ts';

/** One call that passed the proxy. */
export interface JournalEntry extends AwsCall {
  /** Time when it had been read, in milliseconds of the wall clock. */
  readonly at: number;
  readonly fault?: Fault;
  /** The service's answer, also where it never reached the caller; absent when the service was not asked. */
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

  /** Calls of an operation that the service has carried out, also where its answer did not reach the caller. */
  effects(service: string, operation: string): JournalEntry[] {
    return this.#entries.filter((entry) => entry.service === service && entry.operation === operation && isDone(entry));
  }

  /** Number of calls by `service.operation`, most frequent first. */
  counts(): [name: string, count: number][] {
    return ranked(this.#entries.map(({ service, operation }) => `${service}.${operation}`));
  }

  /** Number of calls that went wrong by kind, most frequent first. */
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
