import { randomUUID } from 'node:crypto';
import { RUN_VARIABLE } from '../command/processes.ts';
import { reaper } from '../command/reaper.ts';
import { ToolProblem, type Subject, type ToolName } from './model.ts';
import { runToolProcess, type ToolEnd } from './tool-process.ts';

export interface ToolRun {
  readonly code: number;
  readonly output: string;
}

const ERRORS_SHOWN = 300;

/**
 * Runs a scanner to its end. It sees none of the worker's environment but PATH: no credentials, and no settings of whoever
 * started the worker, which could tell it to look away. It is ended with what it has started (checkov looks in several processes),
 * also when the worker is killed.
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
  const run = `scan.${randomUUID()}`;
  reaper.watch({ run });
  try {
    const ended = await runToolProcess(path, args, {
      // A folder without settings files.
      cwd: home,
      env: { PATH, HOME: home, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', [RUN_VARIABLE]: run },
      signal,
      timeoutMs,
      onStart: (group) => reaper.watch({ run, group }),
    });
    signal.throwIfAborted();
    const { code, output, errors } = ended;
    if (typeof code === 'number' && fine.includes(code)) return { code, output };
    const said = errors.trim().slice(-ERRORS_SHOWN);
    throw new ToolProblem(`${tool} ${ending(ended, timeoutMs)}${said === '' ? '' : `: ${said}`}`);
  } finally {
    reaper.forget(run);
  }
}
function ending({ code, signal, stopped }: ToolEnd, timeoutMs: number): string {
  if (typeof code === 'string') return `could not be run (${code})`;
  if (stopped === 'late') return `was stopped after ${timeoutMs / 1000} s`;
  if (stopped === 'too long') return 'was stopped because its answer is too long';
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
}

/** @throws ToolProblem when it is no JSON */
export function parseOutput(tool: ToolName, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new ToolProblem(`${tool} answered with something else than JSON: ${output.trim().slice(0, ERRORS_SHOWN)}`);
  }
}
