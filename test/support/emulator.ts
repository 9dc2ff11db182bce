import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { freePort } from './sandbox.ts';

let starting: Promise<Emulator> | undefined;

/** The AWS emulator, shared by every test of this run; AWS clients that are made from now on use it. */
export function emulator(): Promise<Emulator> {
  starting ??= start();
  return starting;
}

async function start(): Promise<Emulator> {
  const running = await startEmulator({ port: await freePort(), resourceDelay: 0.2 });
  Object.assign(process.env, sandboxEnvironment({ emulator: running.url }));
  return running;
}

// A hook of the root suite: the emulator outlives the file that asked for it first.
after(async () => {
  if (starting !== undefined) await (await starting).stop();
});
