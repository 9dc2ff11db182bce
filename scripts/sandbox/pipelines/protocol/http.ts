import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstLine, UserError } from '../../../command-line.ts';
import { HOST } from '../../ports.ts';
import { AwsFault } from '../fault.ts';
import { answerCall, errorAnswer, type Answer, type Calls } from './call.ts';

/** Requests that are carried out at once; a further one is throttled. */
const MOST_IN_FLIGHT = 200;
const LARGEST_BODY = 1024 * 1024;

const tooLarge = errorAnswer(413, 'RequestEntityTooLargeException', 'A request has 1 MB at most.');
const tooMany = errorAnswer(400, 'ThrottlingException', 'Rate exceeded');

export interface HttpServer {
  /** As AWS_ENDPOINT_URL_CODEPIPELINE takes it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves both services on one port of 127.0.0.1. */
export async function serveHttp(port: number, calls: Calls): Promise<HttpServer> {
  let inFlight = 0;
  const server = createServer((incoming, outgoing) => {
    inFlight++;
    const answered = inFlight > MOST_IN_FLIGHT ? Promise.resolve(tooMany) : answer(calls, incoming);
    // The caller has gone: no answer is possible.
    void answered.then((one) => send(outgoing, one)).catch(() => outgoing.destroy());
    outgoing.once('close', () => inFlight--);
  }).listen(port, HOST);
  await once(server, 'listening').catch((error: unknown) => {
    throw new UserError(`The stand-in of CodePipeline cannot listen on port ${port}: ${firstLine(error)}.`);
  });
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(calls: Calls, incoming: IncomingMessage): Promise<Answer> {
  const body = await readBody(incoming);
  if (body === undefined) return tooLarge;
  const { url = '/', method = 'GET' } = incoming;
  if (url.startsWith('/_phasegate/')) return control(calls, method, url, incoming, body);
  const target = incoming.headers['x-amz-target'];
  if (method !== 'POST' || typeof target !== 'string') {
    return errorAnswer(404, 'UnknownOperationException', 'A request is a POST with the header X-Amz-Target.');
  }
  return answerCall(calls, target, body);
}

/** For tests alone. The content type keeps pages in a browser from ordering faults. */
function control({ faults }: Calls, method: string, url: string, { headers }: IncomingMessage, body: Buffer): Answer {
  const ok = (value: unknown): Answer => ({ status: 200, body: Buffer.from(JSON.stringify(value)) });
  if (url === '/_phasegate/health') return ok({ ready: true });
  if (url !== '/_phasegate/faults') return errorAnswer(404, 'NotFound', `There is no ${url}.`);
  try {
    if (method === 'DELETE') faults.clear();
    if (method === 'POST') {
      if (headers['content-type'] !== 'application/json') throw new AwsFault('ValidationException', 'Not JSON.');
      faults.order(JSON.parse(body.toString('utf8')));
    }
    return ok(faults.pending);
  } catch (error) {
    return errorAnswer(400, 'ValidationException', error instanceof Error ? error.message : String(error));
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Read to its end all the same, so that the caller hears the answer.
    if (length <= LARGEST_BODY) chunks.push(chunk);
    if (length > 16 * LARGEST_BODY) incoming.destroy();
  }
  return length > LARGEST_BODY ? undefined : Buffer.concat(chunks);
}

function send(outgoing: ServerResponse, { status, body, error, lost }: Answer): void {
  if (lost === true) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': body.length,
    'x-amzn-requestid': randomUUID(),
    ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
  });
  outgoing.end(body);
}
