import { spawn } from 'node:child_process';
import { signalGroup } from '../command/end-run.ts';

export interface ToolProcessOptions {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
  /** Ends it when aborted. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Called with its process group once it runs. */
  readonly onStart: (group: number) => void;
}

export interface ToolEnd {
  /** Exit code, or the system's error code when it could not be run. */
  readonly code: number | string | null;
  /** The signal that killed it; null when it has ended by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stopped?: 'late' | 'too long';
  readonly output: string;
  readonly errors: string;
}

/** Bytes of output at most; not even the findings of many templates are that long. */
const OUTPUT_BYTES = 128 * 1024 * 1024;
const ERRORS_KEPT = 64 * 1024;

/** Runs a program in a process group of its own. The group is killed when it takes too long, prints too much or is aborted. */
export function runToolProcess(path: string, args: readonly string[], options: ToolProcessOptions): Promise<ToolEnd> {
  const { cwd, env, signal, timeoutMs, onStart } = options;
  return new Promise((resolve) => {
    const child = spawn(path, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    let stopped: ToolEnd['stopped'];
    const kill = () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    };
    const stop = (why: NonNullable<ToolEnd['stopped']>) => {
      stopped ??= why;
      kill();
    };
    const timer = setTimeout(() => stop('late'), timeoutMs);
    const end = (code: ToolEnd['code'], by: NodeJS.Signals | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      const output = Buffer.concat(chunks).toString('utf8');
      resolve({ code, signal: by, output, errors, ...(stopped === undefined ? {} : { stopped }) });
    };
    if (child.pid !== undefined) onStart(child.pid);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_BYTES) stop('too long');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-ERRORS_KEPT);
    });
    child.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => end(code, null));
    // A child process that still runs would keep the streams open.
    child.once('exit', kill);
    child.once('close', end);
  });
}
