import { join } from 'node:path';
import { clip } from '../../../../src/base/text.ts';
import { readText } from './files.ts';
import type { BuildStatus, PhaseRecord } from './record.ts';
import type { PlannedPhase } from './script.ts';

const LAST_LINES = 20;
const LAST_CHARACTERS = 2_000;
const COMMAND_CHARACTERS = 300;

/**
 * Reads the phases of a script from its exit-code files.
 *
 * @param folder the folder with the files
 * @param log read for the last lines of a command that has failed
 * @param end how and when the script has ended; absent while it runs
 */
export async function phasesOf(
  folder: string,
  plan: readonly PlannedPhase[],
  log: string,
  end?: { readonly status: BuildStatus; readonly at: number; readonly message?: string },
): Promise<PhaseRecord[]> {
  const phases: PhaseRecord[] = [];
  for (const planned of plan) {
    const type = planned.phase.toUpperCase();
    const from = timeIn(await readLine(join(folder, `${type}.begin`)));
    if (from === undefined) continue;
    const exit = await readLine(join(folder, `${type}.exit`));
    const to = timeIn(exit);
    if (to !== undefined) {
      const status = exit?.startsWith('1') === true ? 'SUCCEEDED' : 'FAILED';
      const contexts = status === 'FAILED' ? await failures(folder, planned, log) : [];
      phases.push({ type, status, from, to, contexts });
    } else if (end === undefined) {
      phases.push({ type, from });
    } else {
      // The script has ended within this phase. A successful end is not possible then.
      const status = end.status === 'SUCCEEDED' ? 'FAILED' : end.status;
      const message = [end.message ?? 'the shell of the build has ended before its commands', await tailOf(log)].join(
        '\n',
      );
      phases.push({
        type,
        status,
        from,
        to: end.at,
        contexts: [{ statusCode: codes[status] ?? 'BUILD_ERROR', message }],
      });
    }
  }
  return phases;
}

const codes: { readonly [status in BuildStatus]?: string } = {
  TIMED_OUT: 'BUILD_TIMED_OUT',
  STOPPED: 'BUILD_STOPPED',
  FAULT: 'INTERNAL_ERROR',
};

/** The commands of a phase that have failed, each with its exit code and its last lines. */
async function failures(folder: string, { commands }: PlannedPhase, log: string) {
  const contexts: { statusCode: string; message: string }[] = [];
  for (const { index, command } of commands) {
    const [code = '0'] = ((await readLine(join(folder, `${index}.exit`))) ?? '0').split(' ');
    if (code === '0') continue;
    const lines = lastLines((await readText(log)) ?? '', command, code);
    const reason = `Error while executing command: ${clip(command, COMMAND_CHARACTERS)}. Reason: exit status ${code}`;
    contexts.push({ statusCode: 'COMMAND_EXECUTION_ERROR', message: lines === '' ? reason : `${reason}\n${lines}` });
  }
  return contexts;
}

/** The last lines that a failed command has written, from the log. */
export function lastLines(log: string, command: string, code: string): string {
  const end = log.lastIndexOf(`[Container] Command did not exit successfully ${command} exit status ${code}\n`);
  if (end < 0) return '';
  const marker = `[Container] Running command ${command}\n`;
  const begin = log.lastIndexOf(marker, end);
  return cut(log.slice(begin < 0 ? 0 : begin + marker.length, end));
}

async function tailOf(log: string): Promise<string> {
  return cut((await readText(log)) ?? '');
}

function cut(text: string): string {
  return text.trimEnd().split('\n').slice(-LAST_LINES).join('\n').slice(-LAST_CHARACTERS).toWellFormed();
}

/** A line that is complete; the script may be writing it at this moment. */
async function readLine(file: string): Promise<string | undefined> {
  const text = await readText(file);
  return text?.endsWith('\n') === true ? text.trimEnd() : undefined;
}

/** The time at the end of a line, in milliseconds. */
function timeIn(line: string | undefined): number | undefined {
  return line === undefined ? undefined : Math.round(Number(line.split(' ').at(-1)) * 1_000);
}
