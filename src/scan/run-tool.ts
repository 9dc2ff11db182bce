import { execFile } from 'node:child_process';
import { ToolProblem, type Subject, type ToolName } from './model.ts';

export interface ToolRun {
  readonly code: number;
  readonly output: string;
}

/** Findings of many templates are long; beyond this something is wrong. */
const OUTPUT_BYTES = 128 * 1024 * 1024;
const ERRORS_SHOWN = 300;

/**
 * Runs a scanner to its end. It sees none of the worker's environment but PATH: no credentials, and no settings of whoever
 * started the worker, which could tell it to look away.
 *
 * @param fine the exit codes with which it has done its work
 * @throws ToolProblem when it crashed, was killed or took too long
 */
export async function runTool(
  tool: ToolName,
  path: string,
  args: readonly string[],
  fine: readonly number[],
  { renderedDir: home, signal, timeoutMs }: Pick<Subject, 'renderedDir' | 'signal' | 'timeoutMs'>,
): Promise<ToolRun> {
  const { PATH = '' } = process.env;
  const options = {
    // A folder without settings files.
    cwd: home,
    env: { PATH, HOME: home, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: OUTPUT_BYTES,
    timeout: timeoutMs,
    killSignal: 'SIGKILL' as const,
    signal,
  };
  return new Promise((resolve, reject) => {
    execFile(path, [...args], options, (error, output, errors) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number' && fine.includes(code)) {
        resolve({ code, output });
        return;
      }
      const said = errors.trim().slice(-ERRORS_SHOWN);
      reject(new ToolProblem(`${tool} ${ending(error, timeoutMs)}${said === '' ? '' : `: ${said}`}`));
    });
  });
}

interface Ending {
  readonly code?: number | string | null | undefined;
  readonly killed?: boolean | undefined;
  readonly signal?: NodeJS.Signals | null | undefined;
}

function ending(error: Ending | null, timeoutMs: number): string {
  const { code, killed = false, signal } = error ?? {};
  if (typeof code === 'string') return `could not be run (${code})`;
  if (killed) return `was stopped after ${timeoutMs / 1000} s`;
  return signal === null || signal === undefined ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
}

/** @throws ToolProblem when it is no JSON */
export function parseOutput(tool: ToolName, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new ToolProblem(`${tool} answered with something else than JSON: ${output.trim().slice(0, ERRORS_SHOWN)}`);
  }
}
