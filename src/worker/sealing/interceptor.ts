import { setTimeout as sleep } from 'node:timers/promises';
import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, ensureApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker';
import { payloadConverter } from '../../contract/payload-converter.ts';
import {
  type Answered,
  type Asked,
  BEGAN_HEADER,
  type FailedWith,
  inputDigest,
  type Seal,
  type Sealed,
  statementOf,
} from '../../contract/seal.ts';
import type { Sealer } from './sealer.ts';

/** Each try may take eight seconds, and a heartbeat is due after thirty. */
const SIGNING_TRIES = 3;
const SIGNING_PAUSE_MS = 500;

/**
 * Bytes of a result, or of the details of a failure, as JSON. The server itself ends an activity that answers with more than 2 MB. Such an
 * end has no signature, so the activity would be asked again, with the same end.
 */
const MOST_BYTES = 1_900_000;

/** Signs every answer of every activity, local or not, and every failure. */
export function sealing(sealer: Sealer): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const seal = sealFor(sealer, context, input);
        let result: unknown;
        try {
          result = asJson(await next(input));
        } catch (error) {
          throw isAnswer(error, context) ? await sealedFailure(bounded(ensureApplicationFailure(error)), seal) : error;
        }
        const sealed: Sealed = { ...(result === undefined ? {} : { result }), seal: await seal({ result }) };
        return sealed;
      },
    },
  });
}

/** The server itself says that an activity was cancelled; one that is completed elsewhere has not answered. */
function isAnswer(error: unknown, { cancellationSignal }: Context): boolean {
  if (error instanceof CompleteAsyncError) return false;
  const isStopped = error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
  return !(isStopped && cancellationSignal.aborted);
}

function sealFor(
  sealer: Sealer,
  { info }: Context,
  { args, headers }: ActivityExecuteInput,
): (answered: Answered) => Promise<Seal> {
  const { activityType: type, activityId: id, workflowExecution } = info;
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  const told = headers[BEGAN_HEADER];
  const began = told === undefined ? runId : String(payloadConverter.fromPayload(told));
  const asked: Asked = { workflowId, began, type, id, input: inputDigest(type, args, runId, began) };
  const since = performance.now();
  return async (answered) => {
    const at = answeredAt(info, performance.now() - since);
    const stamp = { at, ...(runId === began ? {} : { run: runId }) };
    return { key: sealer.key, ...stamp, signature: await signed(sealer, statementOf(asked, answered, stamp)) };
  };
}

/** Work that is done is not done again because a program for signatures has failed once. */
async function signed(sealer: Sealer, statement: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sealer.sign(statement);
    } catch (error) {
      if (tries === SIGNING_TRIES) throw error;
      await sleep(SIGNING_PAUSE_MS);
    }
  }
}

/** By the server's clock, so that it can be compared with times in the history: when the attempt was scheduled, and how long it took. */
function answeredAt(info: Context['info'], took: number): number {
  return Math.round(Math.max(info.scheduledTimestampMs, info.currentAttemptScheduledTimestampMs) + took);
}

/** The same failure, with the seal as the last of its details. */
async function sealedFailure(
  failure: ApplicationFailure,
  seal: (answered: Answered) => Promise<Seal>,
): Promise<ApplicationFailure> {
  const said: FailedWith = {
    // They travel as UTF-8, which has no half characters.
    type: (failure.type ?? '').toWellFormed(),
    message: failure.message.toWellFormed(),
    nonRetryable: failure.nonRetryable === true,
    details: asJson(failure.details ?? []) as unknown[],
  };
  const { nextRetryDelay, category, cause } = failure;
  const sealed = ApplicationFailure.create({
    type: said.type,
    message: said.message,
    nonRetryable: said.nonRetryable,
    details: [...said.details, { seal: await seal({ failure: said }) }],
    ...(nextRetryDelay === undefined || nextRetryDelay === null ? {} : { nextRetryDelay }),
    ...(category === undefined || category === null ? {} : { category }),
    ...(cause === undefined ? {} : { cause }),
  });
  if (failure.stack !== undefined) sealed.stack = failure.stack;
  return sealed;
}

/** The failure itself, or in its place one that says that its details are too large. */
function bounded(failure: ApplicationFailure): ApplicationFailure {
  try {
    asJson(failure.details ?? []);
    return failure;
  } catch (error) {
    return ensureApplicationFailure(error);
  }
}

/**
 * As it arrives: what JSON cannot express is left out, or `null`.
 *
 * @throws ApplicationFailure, not to be retried, if it is larger than the server takes
 */
function asJson(value: unknown): unknown {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_BYTES) return JSON.parse(text) as unknown;
  const message = `The answer has ${String(bytes)} bytes, and may have at most ${String(MOST_BYTES)}.`;
  throw ApplicationFailure.nonRetryable(message, 'AnswerTooLarge');
}
