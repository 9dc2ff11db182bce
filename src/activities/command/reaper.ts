import { spawn, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';

const program = join(import.meta.dirname, `reaper-process${extname(import.meta.filename)}`);

/** What the reaper is told, one JSON a line. `group` is known once the program runs. */
export interface ReaperMessage {
  readonly run: string;
  readonly group?: number;
  readonly ended?: true;
}

/**
 * Ends the programs of this process when it is killed: a process of its own, at the other end of a pipe that the system closes
 * whichever way this process ends. Started with the first program, and again when it has been ended itself.
 */
class Reaper {
  readonly #running = new Map<string, ReaperMessage>();
  #child: ChildProcess | undefined;

  /** To be called before the program is started, and again with its group. */
  watch(message: ReaperMessage): void {
    this.#running.set(message.run, message);
    if (this.#child === undefined) this.#start();
    else this.#tell(message);
  }

  /** The run has ended by itself. */
  forget(run: string): void {
    if (this.#running.delete(run)) this.#tell({ run, ended: true });
  }

  #start(): void {
    const child = spawn(process.execPath, [...process.execArgv, program], {
      // A group of its own: what is sent to the worker's, by Ctrl-C or a service manager, must not end it before the worker.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const lost = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once('error', lost).once('exit', lost);
    child.stdin.on('error', lost);
    // Neither keeps this process alive.
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    this.#child = child;
    for (const message of this.#running.values()) this.#tell(message);
  }

  /** Written at once as long as the pipe has room: a program never runs before the reaper can know of it. */
  #tell(message: ReaperMessage): void {
    this.#child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}

/** The reaper of this process. */
export const reaper = new Reaper();
