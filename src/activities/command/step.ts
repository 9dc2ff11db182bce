import { commandEntry, commandInput, commandLine, type CommandEntry } from './entry.ts';
import { PermanentError } from '../../base/errors.ts';
import type { StepDefinition } from '../../contract/kinds.ts';

/**
 * `command: [program, argument, …]`: a program carries out the task. It gets its brief as JSON on standard input, reports progress on
 * standard error, and answers with a JSON object at the end of its standard output.
 */
export const commandStep: StepDefinition<CommandEntry> = {
  kind: 'command',
  summary: 'a program carries it out: brief on stdin, progress on stderr, result at the end of stdout',
  entry: commandEntry,
  profile: 'program',
  coverage: 'agent',
  expand(entry, { environments }) {
    const names = Object.keys(environments);
    const [only, another] = names;
    return [
      {
        name: '',
        label: commandLine(entry),
        // References to the outputs of a stack need an environment.
        ...(only === undefined || another !== undefined ? {} : { environment: only }),
        input: { ...commandInput(entry), environments: names },
      },
    ];
  },
  async run(call, tools) {
    const { carryOut, ending } = await import('./run.ts');
    const { lastLines, readAnswer } = await import('./entry.ts');
    const result = await carryOut(call, tools);
    if (result.ended === 0) return readAnswer(result.output);
    const said = lastLines(result.errors, 5) || lastLines(result.output, 5);
    throw new PermanentError(`the command ${ending(result)}${said === '' ? '' : `: ${said}`}`);
  },
};
