import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, CheckCall, StepCall } from '../../contract/kinds.ts';
import { endRun, signalGroup } from './end-run.ts';
import { readCommandInput } from './entry.ts';
import { RUN_VARIABLE } from './processes.ts';
import { reaper } from './reaper.ts';

export interface ProgramOptions {
  /** Program and arguments, which are run without a shell. `node` stands for the Node of this process. */
  readonly run: readonly string[];
  /** Name of the run, without a dot. Programs that an earlier attempt has started under this name are ended first. */
  readonly name: string;
  /** Working directory. */
  readonly cwd: string;
  /** Environment variables, in addition to those of this process without `TEMPORAL_*`. */
  readonly env: { readonly [name: string]: string };
  /** Value that the program gets on standard input, as JSON. */
  readonly brief: unknown;
  /** Time limit in milliseconds, after which the program is ended. Default: none. */
  readonly timeoutMs?: number;
  /** Bytes of output, after which the program is ended. Default: no limit; only the end of the output is kept. */
  readonly mostOutput?: number;
  /** True: what the program has left running when it ends is ended as well, also what has left its process group. */
  readonly leavesNothing?: boolean;
  /** Ends the program when it is aborted. */
  readonly signal: AbortSignal;
  /** Called with the process id once the program runs. */
  readonly onStart: (pid: number) => void;
  /** Called with each line that the program writes to standard error. */
  readonly onProgress: (line: string) => void;
  /** Called with each line that the program writes to standard output. */
  readonly onOutput?: (line: string) => void;
}

/** How a program has ended. */
export interface ProgramResult {
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: number | NodeJS.Signals;
  /** The limit for which it was ended. */
  readonly exceeded?: 'time' | 'output';
  /** The end of its standard output. */
  readonly output: string;
  /** The end of its standard error. */
  readonly errors: string;
}

/** Time to wait for the rest of the output after a program has ended, in milliseconds. */
const DRAIN_MS = 5_000;
const OUTPUT_KEPT = 256 * 1024;
const ERRORS_KEPT = 8 * 1024;

/**
 * Runs a program to its end. Programs that an earlier attempt has left running are ended first. When the signal is aborted, the program and
 * its child processes get SIGTERM, and SIGKILL after a grace time. Once they have ended, the promise rejects with the signal's reason. They
 * are also ended when this process is killed.
 *
 * @throws PermanentError when the program cannot be started
 * @throws Error when a process cannot be ended
 */
async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { signal, timeoutMs, mostOutput = Infinity, onStart, onProgress, onOutput } = options;
  signal.throwIfAborted();
  await endRun(`${options.name}.`);
  signal.throwIfAborted();
  const run = `${options.name}.${randomUUID()}`;
  reaper.watch({ run });
  const stopping = new Stopping(run);
  let timer: NodeJS.Timeout | undefined;
  let exceeded: ProgramResult['exceeded'];
  let printed = 0;
  const stop = () => stopping.begin();
  const count = (bytes: number) => {
    printed += bytes;
    if (printed <= mostOutput) return;
    exceeded ??= 'output';
    stop();
  };
  try {
    const child = start(run, options);
    if (child.pid !== undefined) {
      reaper.watch({ run, group: child.pid });
      stopping.group = child.pid;
      onStart(child.pid);
    }
    const output = new Tail(child.stdout, { limit: OUTPUT_KEPT, count, onLine: onOutput });
    const errors = new Tail(child.stderr, { limit: ERRORS_KEPT, count, onLine: onProgress });
    if (options.leavesNothing === true) child.once('exit', stop);
    signal.addEventListener('abort', stop, { once: true });
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => {
        exceeded ??= 'time';
        stop();
      }, timeoutMs);
    }
    // A program that does not read its input closes the pipe, which is no error.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(options.brief)}\n`);
    const ended = await Promise.race([endOf(child, options.run[0] ?? ''), stopping.failed]);
    await stopping.done;
    signal.throwIfAborted();
    return {
      ended,
      ...(exceeded === undefined ? {} : { exceeded }),
      output: output.text,
      errors: errors.text,
    };
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(timer);
    reaper.forget(run);
  }
}

/** Ends a run, at most once. */
class Stopping {
  /** Process group of the program, once it runs. */
  group: number | undefined;
  /** Resolves when all processes have ended, or at once if none has to be ended. */
  done: Promise<void> = Promise.resolve();
  /** Rejects when a process cannot be ended. */
  readonly failed: Promise<never>;
  readonly #run: string;
  #fail: (error: unknown) => void = () => undefined;
  #hasBegun = false;

  constructor(run: string) {
    this.#run = run;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.done = endRun(this.#run, this.group);
    this.done.catch(this.#fail);
  }
}

function start(name: string, { run, cwd, env }: ProgramOptions): ChildProcessWithoutNullStreams {
  const [program = '', ...args] = run;
  try {
    return spawn(program === 'node' ? process.execPath : program, args, {
      cwd,
      env: { ...inherited(), ...env, [RUN_VARIABLE]: name },
      // A session and group of its own, so that what the program starts is ended with it.
      detached: true,
      stdio: 'pipe',
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'E2BIG' && code !== 'ERR_INVALID_ARG_VALUE') throw error;
    const why = code === 'E2BIG' ? 'its arguments and variables are too long' : 'one of them holds a NUL character';
    throw new PermanentError(`${program} cannot be started with these arguments: ${why}.`);
  }
}

/** The environment of this process without the connection to Temporal: programs must not get its API key. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function endOf(child: ChildProcessWithoutNullStreams, program: string): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const why = code === 'ENOENT' ? 'there is no such program; install it or mend PATH' : message;
      reject(new PermanentError(`${program} cannot be started: ${why}.`));
    });
    child.once('exit', () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      // A process that has left the group may keep the streams open, and `close` would not come.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS).unref();
    });
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
}

/** A program that a step or check runs, and what it is ended for. */
export interface Program extends Pick<ProgramOptions, 'run' | 'env' | 'timeoutMs' | 'mostOutput' | 'leavesNothing'> {
  /**
   * What the heartbeats show once the program has written a line, to standard output or standard error; `undefined` for no change.
   * Default: the line, of standard error only.
   */
  readonly progress?: (line: string) => JsonObject | undefined;
}

/** Runs the program of a step or check in the phase folder. The call is its brief, and its progress is sent as heartbeats. */
export async function carryOut(call: StepCall | CheckCall, tools: ActivityTools): Promise<ProgramResult> {
  const program = readCommandInput(call.input);
  return keepBeating(tools, { command: program.run.join(' '), host: hostname() }, (show) =>
    runFor(call, tools, program, show),
  );
}

/**
 * Runs a program for a step or check in the phase folder, with the call as its brief.
 *
 * @param show replaces what the heartbeats show
 */
export async function runFor(
  call: StepCall | CheckCall,
  tools: ActivityTools,
  program: Program,
  show: (details: JsonObject) => void,
): Promise<ProgramResult> {
  const { progress, ...options } = program;
  const host = hostname();
  const before = shownBefore.safeParse(tools.shown).data;
  if (before !== undefined && before.host !== host) {
    const { host: other, pid } = before;
    tools.log(`the previous attempt ran process ${pid} on ${other}, which this worker cannot end`, {
      host: other,
      pid,
    });
  }
  let running: JsonObject = { command: program.run.join(' '), host };
  const showProgress = (line: string) => {
    const details = progress === undefined ? { progress: line.slice(0, 500) } : progress(line);
    if (details !== undefined) show({ ...running, ...details });
  };
  return runProgram({
    ...options,
    name: nameOf(call),
    brief: { ...call, attempt: tools.attempt },
    cwd: tools.phaseDir,
    signal: tools.signal,
    onStart: (pid) => {
      running = { ...running, pid };
      show(running);
    },
    onProgress: showProgress,
    ...(progress === undefined ? {} : { onOutput: showProgress }),
  });
}

const shownBefore = z.object({ host: z.string(), pid: z.number() });

/**
 * Name of a run. It is the same for all attempts, for each `retry` and after a reset, so that only one program runs at a time for a step or
 * check of a phase. It is a digest, because it becomes an environment variable, and ids are free text.
 */
function nameOf(call: StepCall | CheckCall): string {
  const of = 'step' in call ? ['step', call.step.id] : ['check', call.check.id];
  return sha256([call.phase.firstRunId, ...of].join('\n'));
}

/** Describes how a program failed. */
export function ending({ ended, exceeded }: ProgramResult): string {
  if (exceeded !== undefined) return `was stopped ${limits[exceeded]}`;
  return typeof ended === 'number' ? `ended with exit code ${ended}` : `was ended by ${ended}`;
}

const limits = { time: 'after its time limit', output: 'because it printed too much' };

interface TailOptions {
  /** Characters that are kept. */
  readonly limit: number;
  /** Called with the number of bytes that have come. */
  readonly count: (bytes: number) => void;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Keeps the last characters of a stream, and passes on complete lines. */
class Tail {
  #text = '';
  #line = '';

  constructor(stream: Readable, { limit, count, onLine }: TailOptions) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      count(chunk.length);
      const text = decoder.write(chunk);
      this.#text = (this.#text + text).slice(-limit);
      if (onLine === undefined) return;
      const lines = (this.#line + text).split('\n');
      this.#line = (lines.pop() ?? '').slice(-limit);
      lines.filter((line) => line.trim() !== '').forEach(onLine);
    });
  }

  get text(): string {
    return this.#text;
  }
}
