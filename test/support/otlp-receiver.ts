import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A span as OTLP has it in JSON. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code: number };
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/** A small receiver of OTLP over HTTP, on 127.0.0.1. */
export class OtlpReceiver {
  readonly bodies: string[] = [];
  readonly headers: string[] = [];
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      receiver.headers.push(`${String(request.url)} ${String(request.headers.authorization)}`);
      void text(request).then((body) => {
        receiver.bodies.push(body);
        server.emit('received');
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  get spans(): ReceivedSpan[] {
    return this.parsed.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }

  /** Resolves when a span of that name has come. */
  async received(name: string): Promise<ReceivedSpan> {
    for (;;) {
      const found = this.spans.find((span) => span.name === name);
      if (found !== undefined) return found;
      await once(this.server, 'received');
    }
  }

  /** Names of services that have sent spans. */
  get services(): string[] {
    const names = this.parsed.map(
      ({ resource }) => resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '',
    );
    return [...new Set(names)];
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private get parsed(): Body['resourceSpans'][number][] {
    return this.bodies.flatMap((body) => (JSON.parse(body) as Body).resourceSpans);
  }
}
