import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { certificateOf } from '../../support/certificate.ts';

export interface MailOptions extends SMTPServerOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Who may send; absent: everybody. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Status with which a recipient, or (as `data`) the whole mail is refused. */
  readonly refuses?: { readonly [recipient: string]: number };
}

/** A mail server on this machine that keeps what it is sent. */
export class MailServer {
  readonly received: { readonly from: string; readonly to: readonly string[]; readonly raw: string }[] = [];
  /** How often somebody has tried to log in. */
  logins = 0;
  readonly #server: SMTPServer;
  readonly #host: string;

  private constructor({ host = '127.0.0.1', login, refuses = {}, ...options }: MailOptions) {
    this.#host = host;
    const refusal = (who: string) => {
      const { [who]: status } = refuses;
      const message = `refused, and here is your password: ${login?.password ?? ''}`;
      return status === undefined ? null : Object.assign(new Error(message), { responseCode: status });
    };
    this.#server = new SMTPServer({
      authOptional: login === undefined,
      allowInsecureAuth: true,
      ...certificateOf(host),
      ...options,
      onAuth: ({ username, password }, _session, done) => {
        this.logins += 1;
        const isRight = username === login?.user && password === login?.password;
        done(
          isRight ? null : new Error(`no such password: ${String(password)}`),
          isRight ? { user: username } : undefined,
        );
      },
      onRcptTo: ({ address }, _session, done) => done(refusal(address)),
      onData: (stream, { envelope }, done) => {
        void text(stream).then((raw) => {
          const { mailFrom, rcptTo } = envelope;
          const from = mailFrom === false ? '' : mailFrom.address;
          const refused = refusal('data');
          if (refused === null) this.received.push({ from, to: rcptTo.map(({ address }) => address), raw });
          done(refused);
        });
      },
    });
    // A client that breaks off.
    this.#server.on('error', () => undefined);
  }

  static async start(options: MailOptions = {}): Promise<MailServer> {
    const server = new MailServer(options);
    await once(server.#server.listen(0, server.#host), 'listening');
    return server;
  }

  /** @param login as in a URL: `user:password` */
  url(login?: string, protocol = 'smtp'): string {
    const { port } = this.#server.server.address() as AddressInfo;
    return `${protocol}://${login === undefined ? '' : `${login}@`}${this.#host}:${String(port)}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}
