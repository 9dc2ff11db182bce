import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { FakeCloudFormation } from './cloudformation.ts';
import { readForm, writeAnswer, writeError } from './query.ts';
import { Refused, type Mutation } from './state.ts';

interface Fault {
  readonly operation: string;
  /** Absent: the answer is lost after the effect. */
  readonly refusal?: Refused;
  times: number;
}

/** The fake as a server on 127.0.0.1. */
export class FakeServer extends FakeCloudFormation {
  readonly #server: Server;
  #faults: Fault[] = [];
  /** Status of the answer to who asks for an object that is not there. */
  missingObject = 404;
  /** Called between the effect of a request and its answer. */
  afterEffect: ((mutation: Mutation) => Promise<void> | void) | undefined;

  private constructor(server: Server) {
    super();
    this.#server = server;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A real client of it; one for each test, since the SDK's adaptive retry remembers throttling. */
  client(): CloudFormationClient {
    return new CloudFormationClient({
      region: 'eu-west-1',
      endpoint: this.url,
      credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
      maxAttempts: 3,
    });
  }

  fail(operation: string, code: string, message: string, times = 1): void {
    this.#faults.push({ operation, refusal: new Refused(code, message), times });
  }

  loseAnswer(operation: string, times = 1): void {
    this.#faults.push({ operation, times });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    if (request.method !== 'POST') {
      await this.#object(request, response, body);
      return;
    }
    const form = readForm(body);
    const operation = form.text('Action') ?? '';
    const fault = this.#next(operation);
    const count = this.mutations.length;
    try {
      if (fault?.refusal !== undefined) throw fault.refusal;
      const answer = this.answer(operation, form);
      const [mutation] = this.mutations.slice(count);
      if (mutation !== undefined) await this.afterEffect?.(mutation);
      if (fault !== undefined) response.destroy();
      else response.writeHead(200, xml).end(writeAnswer(operation, answer));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      response.writeHead(400, xml).end(writeError(error.code, error.message));
    }
  }

  #next(operation: string): Fault | undefined {
    const fault = this.#faults.find((one) => one.operation === operation && one.times > 0);
    if (fault !== undefined) fault.times -= 1;
    return fault;
  }

  /** S3, as far as templates behind a URL need it. */
  async #object({ method, url = '' }: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const { pathname } = new URL(url, this.url);
    if (method === 'PUT') {
      this.world.objects.set(pathname, body);
      const mutation = { operation: 'PutObject', stack: pathname, token: undefined };
      this.world.mutations.push(mutation);
      await this.afterEffect?.(mutation);
      response.writeHead(200, { ETag: '"fake"' }).end();
      return;
    }
    const held = this.world.objects.get(pathname);
    const headers =
      held === undefined ? {} : { 'x-amz-checksum-sha256': createHash('sha256').update(held).digest('base64') };
    response.writeHead(held === undefined ? this.missingObject : 200, headers).end();
  }
}

const xml = { 'content-type': 'text/xml' };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
