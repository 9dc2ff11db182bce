import { AwsFault } from '../fault.ts';

/**
 * A way in which the next calls of an operation go wrong.
 *
 * - `delay`: the call is carried out that many milliseconds later.
 * - `lost`: the call is carried out, and the connection ends without an answer.
 * - `error`: the call is not carried out; the answer is this error.
 * - `unseen`: executions that are younger than that many milliseconds are not found yet. It has no count.
 */
export type Fault =
  | { readonly kind: 'delay'; readonly operation: string; readonly times: number; readonly milliseconds: number }
  | { readonly kind: 'lost'; readonly operation: string; readonly times: number }
  | {
      readonly kind: 'error';
      readonly operation: string;
      readonly times: number;
      readonly code: string;
      readonly message: string;
      readonly status: number;
    }
  | { readonly kind: 'unseen'; readonly milliseconds: number };

const MOST_FAULTS = 100;
const MOST_TIMES = 1000;
const LONGEST = 60_000;

/** Faults that a test has ordered. They are kept in memory alone. */
export class Faults {
  #pending: Fault[] = [];

  get pending(): readonly Fault[] {
    return this.#pending;
  }

  /** @throws AwsFault with what is wrong in the order */
  order(given: unknown): void {
    const ordered = (Array.isArray(given) ? given : [given]).map(readFault);
    if (this.#pending.length + ordered.length > MOST_FAULTS) throw bad(`at most ${MOST_FAULTS} faults are kept`);
    this.#pending.push(...ordered);
  }

  clear(): void {
    this.#pending = [];
  }

  /** Takes the faults of one call: the first of each kind that is ordered for the operation. */
  take(operation: string): Taken {
    const taken: Taken = {};
    for (const kind of ['delay', 'lost', 'error'] as const) {
      const fault = this.#pending.find((one) => one.kind === kind && one.operation === operation);
      if (fault === undefined || fault.kind === 'unseen') continue;
      Object.assign(taken, { [kind]: fault });
      const rest = fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
      this.#pending = this.#pending.flatMap((one) => (one === fault ? rest : [one]));
    }
    return taken;
  }

  /** Milliseconds during which a new execution is not found. */
  get unseenFor(): number {
    return Math.max(0, ...this.#pending.map((one) => (one.kind === 'unseen' ? one.milliseconds : 0)));
  }
}

export interface Taken {
  readonly delay?: Extract<Fault, { kind: 'delay' }>;
  readonly lost?: Extract<Fault, { kind: 'lost' }>;
  readonly error?: Extract<Fault, { kind: 'error' }>;
}

function readFault(given: unknown): Fault {
  if (typeof given !== 'object' || given === null) throw bad('a fault is an object');
  const {
    kind,
    operation,
    times = 1,
    milliseconds,
    code,
    message = 'ordered',
    status = 400,
  } = given as {
    readonly [key: string]: unknown;
  };
  if (kind === 'unseen') return { kind, milliseconds: number(milliseconds, 'milliseconds', LONGEST) };
  if (typeof operation !== 'string' || operation === '') throw bad('operation is missing');
  const common = { operation, times: number(times, 'times', MOST_TIMES) };
  if (kind === 'delay') return { kind, ...common, milliseconds: number(milliseconds, 'milliseconds', LONGEST) };
  if (kind === 'lost') return { kind, ...common };
  if (kind !== 'error') throw bad('kind is one of delay, lost, error, unseen');
  if (typeof code !== 'string' || code === '') throw bad('code is missing');
  return { kind, ...common, code, message: String(message), status: number(status, 'status', 599) };
}

function number(value: unknown, name: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw bad(`${name} is a whole number from 1 to ${most}`);
}

function bad(reason: string): AwsFault {
  return new AwsFault('ValidationException', `Not a fault: ${reason}.`);
}
