import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { freePort } from './sandbox.ts';

/**
 * Mocha loads a test file with `require`, or with `import` where it uses a package that knows nothing else, so there may be two of
 * this module; there must not be two emulators, because the second one's address would prevail.
 */
const shared = globalThis as { phasegateTestEmulator?: Promise<Emulator> | undefined };

/** The AWS emulator, shared by every test of this run; AWS clients that are made from now on use it. */
export function emulator(): Promise<Emulator> {
  shared.phasegateTestEmulator ??= start();
  return shared.phasegateTestEmulator;
}

async function start(): Promise<Emulator> {
  const running = await startEmulator({ port: await freePort(), resourceDelay: 0.2 });
  Object.assign(process.env, sandboxEnvironment({ emulator: running.url }));
  return running;
}

// A hook of the root suite: the emulator outlives the file that asked for it first.
after(async () => {
  const running = shared.phasegateTestEmulator;
  shared.phasegateTestEmulator = undefined;
  await (await running)?.stop();
});
