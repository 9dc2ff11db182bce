import { once } from 'node:events';
import { createServer, request as httpRequest, Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../ports.ts';
import { internalFailure, throttling, type Answer } from './answers.ts';
import { isMutating, readCall, type AwsCall } from './call.ts';
import type { Fault, FaultPlan } from './faults.ts';
import { Journal } from './journal.ts';

export interface ProxyOptions {
  /** Address of the emulator: `http://127.0.0.1:4566`. */
  readonly upstream: string;
  /** Default: nothing goes wrong. */
  readonly faults?: FaultPlan;
  /** Milliseconds after which a silent connection ends. Default 3000; a client may give up before. */
  readonly silenceMs?: number;
  /** Asked before a call is passed on to the emulator. `false` ends its connection instead. Default: all are passed on. */
  readonly arrives?: (call: AwsCall) => boolean;
  /** Called when the emulator has answered and the answer has not been passed on yet. */
  readonly onDone?: (call: AwsCall) => void;
}

/** Stands between AWS clients and the emulator: counts what they ask for, and lets some of it go wrong. */
export interface AwsProxy {
  /** As AWS_ENDPOINT_URL takes it. */
  readonly url: string;
  readonly journal: Journal;
  stop(): Promise<void>;
}

interface Upstream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Starts the proxy on a port of its own on 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<AwsProxy> {
  const journal = new Journal();
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    // The caller was killed, or the emulator has ended: no answer is possible.
    pass(options, journal, agent, incoming, outgoing).catch(() => outgoing.destroy());
  }).listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    journal,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

async function pass(
  { upstream, faults, silenceMs = 3000, arrives, onDone }: ProxyOptions,
  journal: Journal,
  agent: Agent,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = Buffer.concat(await incoming.toArray());
  const { method = 'GET', headers } = incoming;
  const call = readCall({ method, headers, body });
  const at = Date.now();
  const fault = arrives?.(call) === false ? 'reset' : faults?.(call);
  const failed = { at, ...call, ...(fault === undefined ? {} : { fault }) };
  if (fault !== undefined && fault !== 'lost') {
    journal.add(failed);
    await goWrong(fault, call, outgoing, silenceMs);
    return;
  }
  const answer = await forward(upstream, agent, incoming, body);
  // Answers to calls that only read are many, and no audit needs them.
  const text = isMutating(call) ? answer.body.toString('utf8') : '';
  journal.add({ ...failed, answer: { status: answer.status, body: text } });
  onDone?.(call);
  if (fault === 'lost') outgoing.destroy();
  else outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}

async function goWrong(
  fault: Exclude<Fault, 'lost'>,
  call: AwsCall,
  outgoing: ServerResponse,
  silenceMs: number,
): Promise<void> {
  if (fault === 'throttling' || fault === 'failure') {
    send(outgoing, fault === 'throttling' ? throttling(call) : internalFailure(call));
    return;
  }
  // Unreferenced: a caller that is still waiting does not keep this process alive.
  if (fault === 'silence') await delay(silenceMs, undefined, { ref: false });
  outgoing.destroy();
}

function send(outgoing: ServerResponse, { status, contentType, body }: Answer): void {
  outgoing.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}

async function forward(upstream: string, agent: Agent, incoming: IncomingMessage, body: Buffer): Promise<Upstream> {
  const { method, url = '/', headers } = incoming;
  const { 'transfer-encoding': _, ...kept } = headers;
  const request = httpRequest(new URL(url, upstream), {
    method,
    agent,
    headers: { ...kept, 'content-length': body.length },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { 'transfer-encoding': chunked, ...answered } = response.headers;
  const answer = Buffer.concat(await response.toArray());
  // An answer to HEAD has a content length and no content.
  const length = chunked === undefined ? {} : { 'content-length': `${answer.length}` };
  return { status: response.statusCode ?? 502, headers: { ...answered, ...length }, body: answer };
}
