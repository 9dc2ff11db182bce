import { hostname } from 'node:os';
import { z } from 'zod';
import type { ActivityTools, CheckCall, StepCall } from '../activities/define.ts';
import { keepBeating } from '../activities/keep-beating.ts';
import { sha256 } from '../plan/digest.ts';
import type { JsonObject } from '../plan/model.ts';
import { readCommandInput } from './entry.ts';
import { runProgram, type ProgramResult } from './run-program.ts';

/** Runs the program of a step or check in the phase folder, with the call as its brief and what it reports as heartbeats. */
export async function carryOut(call: StepCall | CheckCall, tools: ActivityTools): Promise<ProgramResult> {
  const { run, timeoutMs, env } = readCommandInput(call.input);
  const command = run.join(' ');
  const host = hostname();
  const before = shownBefore.safeParse(tools.shown).data;
  if (before !== undefined && before.host !== host) {
    const { host: other, pid } = before;
    tools.log(`the attempt before ran process ${pid} on ${other}, where nobody here can end it`, { host: other, pid });
  }
  let running: JsonObject = { command, host };
  return keepBeating(tools, running, (show) =>
    runProgram({
      run,
      name: nameOf(call),
      env,
      brief: { ...call, attempt: tools.attempt },
      cwd: tools.phaseDir,
      signal: tools.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onStart: (pid) => {
        running = { ...running, pid };
        show(running);
      },
      onProgress: (line) => {
        show({ ...running, progress: line.slice(0, 500) });
      },
    }),
  );
}

const shownBefore = z.object({ host: z.string(), pid: z.number() });

/**
 * The same for every attempt, every try and after a reset: of one step or check of a phase, one program runs at a time. A digest,
 * because it stands in the environment of the program, where any text of the plan would do.
 */
function nameOf(call: StepCall | CheckCall): string {
  const of = 'step' in call ? ['step', call.step.id] : ['check', call.check.id];
  return sha256([call.phase.firstRunId, ...of].join('\n'));
}

/** How a program ended that did not end well. */
export function ending({ ended, timedOut }: ProgramResult): string {
  if (timedOut) return 'was stopped after its time limit';
  return typeof ended === 'number' ? `ended with exit code ${ended}` : `was ended by ${ended}`;
}
