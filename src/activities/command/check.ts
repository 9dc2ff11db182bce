import { commandEntry, commandInput, commandLine, type CommandEntry } from './entry.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';

/** `{check: {command: [program, argument, …]}}`: a program that ends with exit code 0 when the criterion is met. */
export const commandCheck: CheckDefinition<CommandEntry> = {
  kind: 'command',
  summary: 'a program that ends with exit code 0 when the criterion is met; its last line is the reason',
  entry: commandEntry,
  profile: 'program',
  expand: (entry, { environments }) => ({
    label: commandLine(entry),
    input: { ...commandInput(entry), environments: Object.keys(environments) },
  }),
  async run(call, tools) {
    const { carryOut, ending } = await import('./run.ts');
    const { lastLines, readAnswer } = await import('./entry.ts');
    const result = await carryOut(call, tools);
    const { note = '', evidence, state = 'passed' } = readAnswer(result.output);
    if (result.ended === 0) {
      return { state, reason: note || 'exit code 0', ...(evidence === undefined ? {} : { evidence }) };
    }
    const said = note || lastLines(result.errors, 5);
    return { state: 'failed', reason: said === '' ? ending(result) : `${ending(result)}: ${said}` };
  },
};
