import {
  ActivityFailure,
  type ActivityInput,
  ApplicationFailure,
  CancelledFailure,
  type LocalActivityInput,
  log,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { isSignedBy } from '../../base/ed25519.ts';
import { isRecord } from '../../base/json.ts';
import { clipSummary, plainLine } from '../../base/text.ts';
import {
  type Answered,
  type Asked,
  type DeniedAnswer,
  inputDigest,
  type ListedKeys,
  type Seal,
  sealedDetails,
  sealedIn,
  signalId,
  statementOf,
  unsealed,
  type WorkerKeys,
} from '../../contract/seal.ts';
import { queueFor, sideQueues } from '../../plan/task-queues.ts';

/**
 * An activity whose answer was denied is asked again after this pause, in milliseconds, which doubles each time. Meanwhile a worker that
 * carries it out learns that it is over. At the longest pause, denials of one activity cost a history 264 events a day.
 */
const SHORTEST_PAUSE = 10_000;
const LONGEST_PAUSE = 3_600_000;

/** How far clocks of the server's own machines may be apart, in milliseconds. */
const APART = 60_000;

/** Type of the failure of a local activity whose answer was denied. Who has asked asks again, in another workflow task. */
const DENIED = 'DeniedAnswer';

/** Whether a local activity has failed because its answer was denied. */
export function isDenied(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === DENIED;
}

/** The pause before an activity is asked again whose answers were denied so often. */
export function pauseAfterDenial(denials: number): number {
  return Math.min(SHORTEST_PAUSE * 2 ** Math.min(denials - 1, 10), LONGEST_PAUSE);
}

/** What an activity was asked, with what tells later whether the answer is one to it. */
export interface Question extends Asked {
  /** Names of the queue that it was put into. */
  readonly taskQueue: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly isLocal: boolean;
  readonly on?: string;
}

type Input = ActivityInput | LocalActivityInput;
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * The seals on what activities answer to one workflow. An answer counts if it is signed by a worker of the phase, for this very activity.
 * Any client of the namespace can complete an activity or have it fail; such an answer is denied, and the activity is asked again. It is
 * verified here, in the workflow's code, so replay verifies it again, and it costs the history nothing.
 */
export class Seals {
  private keys: WorkerKeys = null;
  /** The key that the first answer will be sealed with is the phase's. */
  private isAdopting = false;
  private readonly denials = new WeakMap<readonly unknown[], number>();
  private readonly waiting: (DeniedAnswer & Pick<Question, 'isLocal'>)[] = [];
  private tell: ((denied: DeniedAnswer, isLocal: boolean) => void) | undefined;
  private witness: (denied: DeniedAnswer, id: string) => void = () => undefined;

  /** @param witness of a replay: is told of each denial, with the id of the activity */
  observe(witness: (denied: DeniedAnswer, id: string) => void): void {
    this.witness = witness;
  }

  /** From now on, only answers that are sealed by these keys count; all count where they are `null`, as until this is called. */
  trust(keys: WorkerKeys): void {
    this.keys = keys;
    this.isAdopting = false;
  }

  /** Takes the key of the next answer for the phase's key. */
  adoptNextKey(): void {
    this.isAdopting = true;
  }

  get trusted(): WorkerKeys {
    return this.keys;
  }

  /** Why a Signal does not count; a replay is told. `number`: which Signal of this run it is, from 1. */
  denySignal(denied: DeniedAnswer, number: number): void {
    this.witness(denied, signalId(number));
  }

  /** @param tell is told of every denial, also of those before */
  listen(tell: (denied: DeniedAnswer, isLocal: boolean) => void): void {
    this.tell = tell;
    for (const { isLocal, ...denied } of this.waiting.splice(0)) tell(denied, isLocal);
  }

  /**
   * Has an activity asked until its answer counts.
   *
   * @param ask asks once
   * @param again asks anew, with the same arguments
   * @returns what the activity has returned
   */
  async answer(input: Input, ask: () => Promise<unknown>, again: () => Promise<unknown>): Promise<unknown> {
    if (this.keys === null && !this.isAdopting) return unsealed(await ask());
    const question = questionOf(input);
    const outcome = await outcomeOf(ask);
    const reason = this.fault(question, outcome);
    if (reason === undefined) {
      if ('error' in outcome) throw outcome.error;
      return unsealed(outcome.value);
    }
    const times = (this.denials.get(input.args) ?? 0) + 1;
    this.denials.set(input.args, times);
    this.deny(question, reason);
    if (question.isLocal) throw ApplicationFailure.retryable(reason, DENIED);
    const summary = clipSummary(`${question.type} · asked again: ${reason}`);
    await sleep(pauseAfterDenial(times), { summary });
    return again();
  }

  private deny({ type, on, id, isLocal }: Question, reason: string): void {
    const denied: DeniedAnswer = { type, ...(on === undefined ? {} : { on }), reason };
    log.warn('An answer was denied', { ...denied });
    this.witness(denied, id);
    if (this.tell === undefined) this.waiting.push({ ...denied, isLocal });
    else this.tell(denied, isLocal);
  }

  /** Why an answer does not count. */
  private fault(question: Question, outcome: Outcome): string | undefined {
    const said = answerIn(outcome);
    if (said === undefined) return undefined;
    const { seal, answered, by } = said;
    if (this.isAdopting) {
      this.trust(seal === undefined ? null : { keys: [seal.key] });
      if (seal === undefined) return undefined;
    }
    if (this.keys === null) return undefined;
    const whose = `the answer of ${question.type} (activity ${question.id})${by}`;
    if (seal === undefined) return `${whose} is not signed by a worker`;
    if (!keysFor(this.keys, question.taskQueue).includes(seal.key))
      return `${whose} is signed with ${unknownKey(seal.key)}`;
    const { key, signature } = seal;
    if (!isSignedBy(key, statementOf(question, answered, seal), signature)) {
      return `${whose} is signed, but not for this activity, or was changed`;
    }
    if (!question.isLocal && seal.at < question.at - APART) return `${whose} was signed before this was asked`;
    return undefined;
  }
}

/** A key that does not count, and how to mend that. */
export function unknownKey(key: string): string {
  const shown = plainLine(key, 43);
  return (
    `the key ${shown}, which is none of this phase's; give its worker the file worker.key of the others, ` +
    'or list the key under workers in the playbook and start the phase anew'
  );
}

function questionOf({ activityType: type, args, options, seq, ...rest }: Input): Question {
  const { workflowId, runId, originalExecutionRunId: began, taskQueue: own } = workflowInfo();
  const isLocal = 'attempt' in rest;
  const { activityId, taskQueue } = options as ActivityInput['options'];
  const on = subjectOf(args[0]);
  return {
    workflowId,
    began,
    type,
    id: activityId ?? String(seq),
    input: inputDigest(type, args, runId, began),
    taskQueue: taskQueue ?? own,
    at: Date.now(),
    isLocal,
    ...(on === undefined ? {} : { on }),
  };
}

/** For people: what the activity is about. */
function subjectOf(call: unknown): string | undefined {
  if (!isRecord(call)) return undefined;
  const { criterion, task, gate } = call;
  if (isRecord(criterion) && typeof criterion['id'] === 'string') return criterion['id'];
  if (isRecord(task) && typeof task['ref'] === 'string') return task['ref'];
  if (typeof task === 'string') return task;
  return typeof gate === 'string' ? gate : undefined;
}

async function outcomeOf(ask: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { error };
  }
}

/**
 * What somebody has answered; nothing where the server says that there is no answer: a time-out, or a cancellation, which it takes only
 * where the workflow has asked for one. Any other end by the server is somebody's doing: it fails an activity whose answer or heartbeat is
 * larger than it takes.
 */
function answerIn(outcome: Outcome): { seal?: Seal; answered: Answered; by: string } | undefined {
  if ('value' in outcome) {
    const sealed = sealedIn(outcome.value);
    const answered = { result: sealed === undefined ? outcome.value : sealed.result };
    return { ...(sealed === undefined ? {} : { seal: sealed.seal }), answered, by: '' };
  }
  const { error } = outcome;
  const [cause, identity = ''] = error instanceof ActivityFailure ? [error.cause, error.identity] : [error];
  const who = identity === '' ? '' : ` by ${plainLine(identity, 100)}`;
  if (!(cause instanceof ApplicationFailure)) {
    const isUnsigned = error instanceof ActivityFailure && !isByServer(cause);
    return isUnsigned ? { answered: { result: null }, by: who } : undefined;
  }
  const { type, message, nonRetryable, details: all } = cause;
  const { details, seal } = sealedDetails(all ?? []);
  const failure = { type: type ?? '', message, nonRetryable: nonRetryable === true, details };
  return { ...(seal === undefined ? {} : { seal }), answered: { failure }, by: who };
}

function isByServer(cause: unknown): boolean {
  return cause instanceof TimeoutFailure || cause instanceof CancelledFailure;
}

/** An agent that lists keys answers from its queues alone with them. */
function keysFor({ keys, agents = {} }: ListedKeys, taskQueue: string): readonly string[] {
  const found = Object.keys(agents).find(
    (queue) => queue === taskQueue || sideQueues.some(({ of, profile }) => queueFor(queue, of, profile) === taskQueue),
  );
  return found === undefined ? keys : (agents[found] ?? keys);
}
