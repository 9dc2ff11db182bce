import { setTimeout as delay } from 'node:timers/promises';
import { AwsFault } from '../fault.ts';
import type { Faults } from './faults.ts';
import { isOperation, readInput, writeOutput, type Handlers, type Service, type ServiceName } from './service.ts';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** The code of an error. */
  readonly error?: string;
  /** Ends the connection instead of answering. */
  readonly lost?: boolean;
}

export interface Calls {
  readonly services: readonly Service[];
  readonly handlers: { readonly [service in ServiceName]: Handlers };
  readonly faults: Faults;
  /** Also checks each answer; one that AWS could not have written becomes an error 500. */
  readonly strict: boolean;
}

/** Carries one call out. */
export async function answerCall(calls: Calls, target: string, body: Buffer): Promise<Answer> {
  try {
    return await carryOut(calls, target, body);
  } catch (error) {
    if (error instanceof AwsFault) return errorAnswer(400, error.code, error.message);
    console.error(`${target} failed`, error);
    return errorAnswer(500, 'InternalFailure', `The stand-in has failed: ${String(error)}`);
  }
}

async function carryOut({ services, handlers, faults, strict }: Calls, target: string, body: Buffer): Promise<Answer> {
  const [prefix, operation = ''] = target.split('.');
  const service = services.find((one) => one.prefix === prefix);
  const schema = service?.schema(operation);
  if (service === undefined || !isOperation(schema)) {
    throw new AwsFault('UnknownOperationException', `"${target}" is not an operation of CodePipeline or CodeBuild.`);
  }
  const handler = handlers[service.name][operation];
  if (handler === undefined) {
    const message = `The stand-in does not have ${operation}; scripts/sandbox/pipelines/SPEC.md lists what it has.`;
    return errorAnswer(501, 'NotImplementedException', message);
  }
  const taken = faults.take(operation);
  if (taken.delay) await delay(taken.delay.milliseconds);
  if (taken.error) return errorAnswer(taken.error.status, taken.error.code, taken.error.message);

  const json = parse(body);
  service.check.request(operation, json);
  const output = await (handler as (input: unknown) => unknown)(readInput(schema, json));
  const written = writeOutput(schema, output ?? {});
  if (strict && written.length > 0) {
    const wrong = service.check.answer(operation, JSON.parse(written.toString('utf8')));
    if (wrong.length > 0) throw new Error(`the answer of ${operation} is not as AWS writes it: ${wrong.join('; ')}`);
  }
  return { status: 200, body: written, ...(taken.lost ? { lost: true } : {}) };
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    // A member that is null is as one that is absent.
    return JSON.parse(body.toString('utf8'), (_, value: unknown) => (value === null ? undefined : value));
  } catch {
    throw new AwsFault('SerializationException', 'The body is not JSON.');
  }
}

/** An error as awsJson1.1 writes it. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return { status, error: code, body: Buffer.from(JSON.stringify({ __type: code, message })) };
}
