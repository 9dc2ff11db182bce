import { startEmulator, type Emulator } from '../sandbox/emulator.ts';
import { freePort } from '../sandbox/ports.ts';
import { startProxy, type AwsProxy, type ProxyOptions } from '../sandbox/proxy/proxy.ts';
import { KillableWorker } from './killable-worker.ts';

export interface SceneOptions extends Omit<ProxyOptions, 'upstream'> {
  /** Phases directory of the worker. */
  readonly phasesDir: string;
  /** Seconds that each resource of a stack takes. */
  readonly resourceDelay: number;
}

/** A worker that can be killed, and an AWS emulator of its own, with the proxy between them. */
export interface Scene {
  readonly emulator: Emulator;
  readonly proxy: AwsProxy;
  readonly worker: KillableWorker;
  close(): Promise<void>;
}

/** Starts everything on free ports, but not yet the worker; when one part fails, ends the others. */
export async function openScene({ phasesDir, resourceDelay, ...proxied }: SceneOptions): Promise<Scene> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const one of opened.reverse()) await one.close();
  };
  try {
    const emulator = await startEmulator({ port: await freePort(), resourceDelay });
    opened.push({ close: () => emulator.stop() });
    const proxy = await startProxy({ upstream: emulator.url, ...proxied });
    opened.push({ close: () => proxy.stop() });
    const worker = await KillableWorker.open({ phasesDir, endpoint: proxy.url });
    opened.push(worker);
    return { emulator, proxy, worker, close };
  } catch (error) {
    await close();
    throw error;
  }
}
