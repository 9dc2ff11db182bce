import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Answers = { readonly [operation: string]: unknown };

function isAnswerer(given: unknown): given is (request: unknown) => unknown {
  return typeof given === 'function';
}

/**
 * A service of AWS that speaks awsJson1.1 and answers each operation with what it is given: for what the emulator cannot be
 * brought to say. An `Error` is answered as the error of its name, and a function is given the request.
 */
export class StandIn {
  answers: Answers = {};
  /** Operations, one for each request. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
        const given = this.answers[operation];
        const answer = isAnswerer(given) ? given(JSON.parse(body)) : given;
        this.asked.push(operation);
        const isError = answer === undefined || answer instanceof Error;
        const name = answer instanceof Error ? answer.name : 'UnknownOperationException';
        response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
        response.end(JSON.stringify(isError ? { __type: name, message: name } : answer));
      });
    });
  }

  /** @param variable names the endpoint of the service to clients that are made from now on: `AWS_ENDPOINT_URL_CLOUDTRAIL` */
  static async start(variable: string): Promise<StandIn> {
    const standIn = new StandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    process.env[variable] = `http://127.0.0.1:${String((standIn.#server.address() as AddressInfo).port)}`;
    return standIn;
  }

  async stop(variable: string): Promise<void> {
    Reflect.deleteProperty(process.env, variable);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
