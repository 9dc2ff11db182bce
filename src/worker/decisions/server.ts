import type { Client } from '@temporalio/client';
import type { Logger } from '@temporalio/worker';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Plan } from '../../plan/model.ts';
import { messagePage } from '../../views/decision/pages.ts';
import { FORM_STYLE } from '../../views/decision/style.ts';
import { Declined } from './declined.ts';
import { Sessions } from './forms.ts';
import { DecisionPages, type Page } from './pages.ts';
import { Phases } from './phases.ts';
import type { DecisionSettings } from './settings.ts';

const HOST = '127.0.0.1';
/** Requests that are worked on at a time. Others are answered with 503. */
const AT_ONCE = 32;
/** Further connections are closed. */
const CONNECTIONS = 200;

/** Nothing runs, nothing is loaded, forms lead back here, and no other page shows this one in a frame. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(FORM_STYLE).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Not "no-referrer": browsers would then hide the origin of forms as well.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-robots-tag': 'noindex',
};

export interface DecisionServerOptions {
  readonly settings: DecisionSettings & { readonly port: number };
  readonly client: Client;
  readonly logger: Logger;
  /** The plan of a phase as it is on disk now. */
  readonly planOf: (name: string) => Promise<Plan>;
  /** Milliseconds that a request may take to arrive. Default: 20 s. */
  readonly arrivalMs?: number;
}

const ARRIVAL_MS = 20_000;

/** Serves the page on which people decide, to this machine alone. */
export class DecisionServer {
  readonly #server: Server;
  readonly #options: DecisionServerOptions;
  readonly #pages: DecisionPages;
  #working = 0;

  private constructor(options: DecisionServerOptions) {
    const { settings, client, logger, planOf, arrivalMs = ARRIVAL_MS } = options;
    this.#options = options;
    const phases = new Phases(client, planOf);
    this.#pages = new DecisionPages({ settings, phases, sessions: new Sessions(settings.url), logger });
    this.#server = createServer(
      {
        // An ID token and the cookies of a proxy. Node's own limit of 16 KiB is less than a token may have.
        maxHeaderSize: 48 * 1024,
        headersTimeout: arrivalMs,
        requestTimeout: arrivalMs,
        keepAliveTimeout: 5000,
        connectionsCheckingInterval: Math.min(1000, arrivalMs),
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS;
  }

  /** @throws Error with one sentence when the port cannot be had */
  static async start(options: DecisionServerOptions): Promise<DecisionServer> {
    const server = new DecisionServer(options);
    const { port } = options.settings;
    server.#server.listen(port, HOST);
    try {
      await once(server.#server, 'listening');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`PHASEGATE_LISTEN: ${HOST}:${String(port)} cannot be had (${why})`, { cause: error });
    }
    return server;
  }

  /** Ends it, with the requests that it is working on. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#working += 1;
    try {
      if (this.#working > AT_ONCE) {
        throw new Declined(503, 'Too many requests', 'Try again in a moment. Nothing was sent.');
      }
      write(response, 200, await this.#page(request));
    } catch (error) {
      write(response, ...this.#declined(error));
    } finally {
      this.#working -= 1;
    }
  }

  async #page(request: IncomingMessage): Promise<Page> {
    const { url, port } = this.#options.settings;
    const base = new URL(url);
    // A page elsewhere whose name leads to this machine would otherwise read what is here.
    const hosts = [base.host, `${HOST}:${String(port)}`, `localhost:${String(port)}`];
    if (!hosts.includes(request.headers.host ?? '')) {
      throw new Declined(421, 'Another host', `This page is at ${url}. Nothing was sent.`);
    }
    const { url: asked = '' } = request;
    const { pathname, searchParams } = new URL(URL.canParse(asked, url) ? asked : '/', base);
    const prefix = base.pathname.replace(/\/$/, '');
    const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : undefined;
    const pages = this.#pages;
    switch (path) {
      case '/gate':
        return allow(request, 'GET', () => pages.gate(request, searchParams));
      case '/decision':
        return allow(request, 'POST', () => pages.decision(request, searchParams));
      case '/signed-in':
        return allow(request, 'GET', () => pages.signedIn(request, searchParams));
      case '/send':
        return allow(request, 'POST', () => pages.send(request, searchParams));
      default:
        throw new Declined(404, 'No such page', 'Open the link of a notice again. Nothing was sent.');
    }
  }

  #declined(error: unknown): [number, Page] {
    const { logger } = this.#options;
    if (!(error instanceof Declined)) {
      logger.error('The page on which people decide has failed', { error });
      const text = 'Look at the gate before you decide again. The log of the worker has the reason.';
      return [500, { html: messagePage('The page has failed', text) }];
    }
    const { status, title, message, more } = error;
    logger.debug('no decision was taken', { status, title, message });
    // What is left of a request that was not read to its end is not taken for the next one.
    const headers: { [name: string]: string } = { connection: 'close' };
    if (more.allow !== undefined) headers['allow'] = more.allow;
    return [status, { html: messagePage(title, message, more.link), headers }];
  }
}

function allow(request: IncomingMessage, method: 'GET' | 'POST', page: () => Promise<Page>): Promise<Page> {
  const isAllowed = request.method === method || (method === 'GET' && request.method === 'HEAD');
  if (isAllowed) return page();
  throw new Declined(405, 'Not in this way', `This page takes ${method} only. Nothing was sent.`, { allow: method });
}

function write(response: ServerResponse, status: number, { html, headers: more = {} }: Page): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, ...more }).end(html);
}
