import { commandEntry, commandInput, readCommandInput, type CommandEntry } from '../command/entry.ts';
import { PermanentError, type CheckDefinition } from './define.ts';

/** `{check: {command: [program, argument, …]}}`: a program that ends with exit code 0 when the criterion holds. */
export const commandCheck: CheckDefinition<CommandEntry> = {
  kind: 'command',
  summary: 'a program that ends with exit code 0 when the criterion holds; its last line is the reason',
  entry: commandEntry,
  profile: 'work',
  expand: (entry, { environments }) => ({
    label: (Array.isArray(entry) ? entry : entry.run).join(' '),
    input: { ...commandInput(entry), environments: Object.keys(environments) },
  }),
  run: async (call, tools) => {
    const { runProgram, ProgramMissing } = await import('../command/run-program.ts');
    const { run, timeoutMs, env } = readCommandInput(call.input);
    const result = await runProgram({
      run,
      env,
      brief: call,
      cwd: tools.phaseDir,
      signal: tools.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      onProgress: (line) => {
        tools.heartbeat({ progress: line });
      },
    }).catch((error: unknown) => {
      // A tool that is missing is not a criterion that fails; it must not look like one.
      throw error instanceof ProgramMissing ? new PermanentError(error.message) : error;
    });
    const said = (result.output.at(-1) ?? result.errors.at(-1) ?? '').slice(0, 500);
    if (result.ended === 0) return { state: 'passed', reason: said === '' ? 'exit code 0' : said };
    const how = result.timedOut ? 'stopped after its time limit' : `ended with ${String(result.ended)}`;
    return { state: 'failed', reason: `${how}${said === '' ? '' : `: ${said}`}` };
  },
};
