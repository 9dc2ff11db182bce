import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';

export interface ToolRun {
  readonly child: ChildProcess;
  /** Resolves with the exit code and the last lines of the output. */
  readonly ended: Promise<{ readonly code: number | null; readonly tail: readonly string[] }>;
}

const TAIL = 40;

/** Runs a Node program against an endpoint. `onLine` is called with every line of its output. */
export function runTool(endpoint: string, args: readonly string[], onLine: (line: string) => void): ToolRun {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...sandboxEnvironment({ emulator: endpoint }), AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const tail: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      onLine(line);
    });
  }
  // The program must not outlive this process.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', kill);
    return { code: code as number | null, tail };
  });
  return { child, ended };
}
