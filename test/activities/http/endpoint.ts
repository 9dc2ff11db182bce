import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';

/** Servers of one test on 127.0.0.1. */
export class Endpoints {
  /** Paths that were asked, with their queries. */
  readonly asked: string[] = [];
  /** Connections that were made. */
  connections = 0;
  readonly #servers: (Server | TcpServer)[] = [];
  readonly #sockets: Socket[] = [];

  /** Starts an HTTP server, and gives its URL. */
  async http(answer: (response: ServerResponse) => void): Promise<string> {
    const server = createServer(({ url = '' }, response) => {
      this.asked.push(url);
      answer(response);
    });
    return `http://127.0.0.1:${String(await this.#listen(server))}`;
  }

  /** Starts a server that does something else than HTTP as soon as it is asked. */
  async tcp(answer: (socket: Socket) => void): Promise<string> {
    const server = createTcpServer((socket) => {
      socket.once('data', () => answer(socket));
    });
    return `127.0.0.1:${String(await this.#listen(server))}`;
  }

  /** The URL of a port on which nothing listens. */
  async closedPort(): Promise<string> {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${String(port)}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(server: Server | TcpServer): Promise<number> {
    this.#servers.push(server);
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.push(socket);
      // A client that ends its connection is part of the tests.
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
}
