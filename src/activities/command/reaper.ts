import { spawn, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';

const program = join(import.meta.dirname, `reaper-process${extname(import.meta.filename)}`);

/** A message to the reaper process, one line of JSON. `group` is known once the program runs. */
export interface ReaperMessage {
  readonly run: string;
  readonly group?: number;
  readonly ended?: true;
}

/**
 * Ends the programs of this process when it is killed. The reaper is a separate process at the other end of a pipe, which the operating
 * system closes whenever this process ends. It is started with the first program, and restarted if it has ended.
 */
class Reaper {
  readonly #running = new Map<string, ReaperMessage>();
  #child: ChildProcess | undefined;

  /** Call it before the program is started, and again with its process group. */
  watch(message: ReaperMessage): void {
    this.#running.set(message.run, message);
    if (this.#child === undefined) this.#start();
    else this.#tell(message);
  }

  /** Call it when the run has ended. */
  forget(run: string): void {
    if (this.#running.delete(run)) this.#tell({ run, ended: true });
  }

  #start(): void {
    const child = spawn(process.execPath, [...process.execArgv, program], {
      // In a process group of its own, the reaper does not receive signals for the worker's group, such as Ctrl-C.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const lost = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once('error', lost).once('exit', lost);
    child.stdin.on('error', lost);
    // Neither the child nor the pipe must keep this process alive.
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    this.#child = child;
    for (const message of this.#running.values()) this.#tell(message);
  }

  /** Writes synchronously while the pipe has room, so the reaper can know of a program before it runs. */
  #tell(message: ReaperMessage): void {
    this.#child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

/** The reaper of this process. */
export const reaper = new Reaper();
