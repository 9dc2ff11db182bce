import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started command; nobody is at its standard input. */
export class StartedScript {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  private stdout = '';
  private stderr = '';

  constructor(command: string, args: readonly string[], options: { cwd?: string; env?: Record<string, string> }) {
    this.process = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Resolves when the text has been printed on standard output. */
  async printed(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      const ended = this.process.exitCode ?? this.process.signalCode;
      if (ended !== null) throw new Error(`ended (${ended}) without printing "${text}":\n${this.stdout}${this.stderr}`);
      await Promise.race([once(this.process.stdout, 'data'), once(this.process, 'exit')]);
    }
  }

  async outcome(): Promise<Outcome> {
    // 'close' comes once, and only after both streams have ended.
    if (!this.process.stdout.closed || !this.process.stderr.closed) await once(this.process, 'close');
    return { code: this.process.exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Starts a command as `npm run NAME` does. */
export function startScript(
  name: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): StartedScript {
  const bootstrap = join(import.meta.dirname, '..', '..', 'scripts', 'bootstrap.mjs');
  return new StartedScript(process.execPath, [bootstrap, name, ...args], { env });
}

/** Runs a command to its end. */
export async function runScript(
  name: string,
  args?: readonly string[],
  env?: Record<string, string>,
): Promise<Outcome> {
  return startScript(name, args, env).outcome();
}
