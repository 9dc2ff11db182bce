import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP server on this machine that keeps what it is sent. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      this.received.push({ method, path, headers, body });
      this.#answer(response, this.received.length);
    });
  });
  readonly #answer: (response: ServerResponse, nth: number) => void;

  private constructor(answer: (response: ServerResponse, nth: number) => void) {
    this.#answer = answer;
  }

  /** Answers each request as told; `nth` counts them from 1. */
  static async start(answer: (response: ServerResponse, nth: number) => void): Promise<Receiver> {
    const receiver = new Receiver(answer);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
