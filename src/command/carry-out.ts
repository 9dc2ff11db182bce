import type { ActivityTools, CheckCall, StepCall } from '../activities/define.ts';
import { keepBeating } from '../activities/keep-beating.ts';
import { readCommandInput } from './entry.ts';
import { runProgram, type ProgramResult } from './run-program.ts';

/** Runs the program of a step or check in the phase folder, with the call as its brief and what it reports as heartbeats. */
export async function carryOut(call: StepCall | CheckCall, tools: ActivityTools): Promise<ProgramResult> {
  const { run, timeoutMs, env } = readCommandInput(call.input);
  const command = run.join(' ');
  return keepBeating(tools, { command }, (show) =>
    runProgram({
      run,
      env,
      brief: { ...call, attempt: tools.attempt },
      cwd: tools.phaseDir,
      signal: tools.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onProgress: (line) => {
        show({ command, progress: line.slice(0, 500) });
      },
    }),
  );
}

/** How a program ended that did not end well. */
export function ending({ ended, timedOut }: ProgramResult): string {
  if (timedOut) return 'was stopped after its time limit';
  return typeof ended === 'number' ? `ended with exit code ${ended}` : `was ended by ${ended}`;
}
