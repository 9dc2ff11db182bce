import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { UserError } from '../command-line.ts';

/** The only address that the sandbox binds to. */
export const HOST = '127.0.0.1';

interface PortSetting {
  readonly default: number;
  readonly variable: string;
  /** Option of `npm run sandbox` and `npm run demo`. */
  readonly option: string;
  readonly what: string;
}

export const portSettings = {
  temporal: {
    default: 7233,
    variable: 'PHASEGATE_TEMPORAL_PORT',
    option: '--temporal-port',
    what: 'the Temporal server',
  },
  ui: { default: 8233, variable: 'PHASEGATE_UI_PORT', option: '--ui-port', what: "Temporal's Web UI" },
  emulator: { default: 4566, variable: 'PHASEGATE_EMULATOR_PORT', option: '--emulator-port', what: 'the AWS emulator' },
} satisfies Record<string, PortSetting>;

export type PortName = keyof typeof portSettings;

/** Flags and description of the option that chooses the port, as commander's `option` takes them. */
export function portOption(name: PortName): [flags: string, description: string] {
  const { option, what, variable, default: usual } = portSettings[name];
  return [`${option} <port>`, `port of ${what} (${variable}; default ${usual})`];
}

/** The port as given, else from its environment variable, else the usual one. */
export function choosePort(name: PortName, given?: number | string): number {
  const { default: usual, variable, option } = portSettings[name];
  const value = given ?? (process.env[variable] || usual);
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new UserError(`"${value}" is not a port: ${option} and ${variable} take a number from 1 to 65535.`);
}

/** @throws UserError when something answers on the port already */
export async function requireFree(name: PortName, port: number): Promise<void> {
  if (!(await accepts(port))) return;
  const { what, option, variable } = portSettings[name];
  throw new UserError(
    `Port ${port} is in use, and ${what} needs it. ` +
      `Stop the program that holds it, or choose another port with ${option} or ${variable}.`,
  );
}

/** Chooses ports and requires that they are free: before anything is installed, which takes minutes. */
export async function usablePorts<N extends PortName>(
  given: Readonly<Record<N, number | string | undefined>>,
): Promise<Record<N, number>> {
  const chosen = (Object.keys(given) as N[]).map((name) => [name, choosePort(name, given[name])] as const);
  for (const [name, port] of chosen) await requireFree(name, port);
  return Object.fromEntries(chosen) as Record<N, number>;
}

/** Tells whether a server accepts connections on the port. Unlike an attempt to listen, this also finds servers bound to all addresses. */
export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const answer = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}

/** Chooses a port that is not in use now. */
export async function freePort(): Promise<number> {
  for (;;) {
    // Below the ports that the system gives to outgoing connections: a connection could take such a port before it is used.
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port, HOST);
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    await once(server.close(), 'close');
    return port;
  }
}
