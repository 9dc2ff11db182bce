import { z } from 'zod';
import { commandEntry, commandInput, readCommandInput, type CommandEntry } from '../command/entry.ts';
import { PermanentError, type StepDefinition, type StepResult } from './define.ts';

/**
 * `command: [program, argument, …]`: any program carries the task out. It gets its brief as JSON on standard input, shows progress
 * on standard error, and answers with a JSON object on its last line of standard output.
 */
export const commandStep: StepDefinition<CommandEntry> = {
  kind: 'command',
  summary: 'a program carries it out: brief on stdin, progress on stderr, result on the last line of stdout',
  entry: commandEntry,
  profile: 'work',
  coverage: 'agent',
  expand: (entry, { environments }) => [
    { name: '', label: '', input: { ...commandInput(entry), environments: Object.keys(environments) } },
  ],
  run: async (call, tools) => {
    const { runProgram, ProgramMissing } = await import('../command/run-program.ts');
    const { run, timeoutMs, env } = readCommandInput(call.input);
    const brief = { ...call, attempt: tools.attempt };
    const result = await runProgram({
      run,
      env,
      brief,
      cwd: tools.phaseDir,
      signal: tools.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onProgress: (line) => {
        tools.heartbeat({ progress: line });
      },
    }).catch((error: unknown) => {
      throw error instanceof ProgramMissing ? new PermanentError(error.message) : error;
    });
    if (result.timedOut) throw new PermanentError(`${run.join(' ')} was stopped after its time limit`);
    if (result.ended !== 0) {
      const said = result.errors.at(-1) ?? result.output.at(-1) ?? 'it said nothing';
      throw new PermanentError(`${run.join(' ')} ended with ${String(result.ended)}: ${said}`);
    }
    return readResult(result.output.at(-1));
  },
};

const resultSchema = z.object({
  outputs: z.record(z.string(), z.string()).optional(),
  evidence: z.array(z.union([z.string(), z.object({ where: z.string(), sha256: z.string().optional() })])).optional(),
  note: z.string().optional(),
});

/** The last line is the result when it is a JSON object of that shape, and a note otherwise. */
function readResult(line: string | undefined): StepResult {
  if (line === undefined) return {};
  try {
    const parsed = resultSchema.safeParse(JSON.parse(line));
    if (parsed.success) return JSON.parse(JSON.stringify(parsed.data)) as StepResult;
  } catch {
    // Not JSON: a program may just print.
  }
  return { note: line.slice(0, 500) };
}
