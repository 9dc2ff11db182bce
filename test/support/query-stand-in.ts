import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What an operation answers, request by request; the last answer goes on being given. */
type Answers = { readonly [operation: string]: readonly (string | Error)[] };

/**
 * A service of AWS that speaks the query protocol and answers each operation with the XML that it is given, as the contents of its
 * result. An `Error` is answered as the error of its name; `Error` itself as a ValidationError.
 */
export class QueryStandIn {
  readonly #server: Server;
  #answers: Answers = {};
  #asked = new Map<string, number>();

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const operation = new URLSearchParams(body).get('Action') ?? '';
        const answer = this.#next(operation);
        const isError = typeof answer !== 'string';
        const name =
          isError && answer?.name === 'Error' ? 'ValidationError' : isError ? (answer?.name ?? 'InvalidAction') : '';
        response.writeHead(isError ? 400 : 200, { 'content-type': 'text/xml' });
        response.end(
          isError
            ? `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${answer?.message ?? operation}</Message></Error></ErrorResponse>`
            : `<${operation}Response><${operation}Result>${answer}</${operation}Result></${operation}Response>`,
        );
      });
    });
  }

  /** @param variable names the endpoint of the service to clients that are made from now on */
  static async start(variable: string): Promise<QueryStandIn> {
    const standIn = new QueryStandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    process.env[variable] = `http://127.0.0.1:${String((standIn.#server.address() as AddressInfo).port)}`;
    return standIn;
  }

  set answers(answers: Answers) {
    this.#answers = answers;
    this.#asked = new Map();
  }

  /** How often an operation has been asked for since the answers were set. */
  asked(operation: string): number {
    return this.#asked.get(operation) ?? 0;
  }

  async stop(variable: string): Promise<void> {
    Reflect.deleteProperty(process.env, variable);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #next(operation: string): string | Error | undefined {
    const answers = this.#answers[operation] ?? [];
    const count = this.#asked.get(operation) ?? 0;
    this.#asked.set(operation, count + 1);
    return answers[Math.min(count, answers.length - 1)];
  }
}
