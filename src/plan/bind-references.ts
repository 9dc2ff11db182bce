import type { Binding } from './bind-context.ts';
import type { BoundTask } from './bind-tasks.ts';
import { meantBy } from './match.ts';
import { nearest } from './nearest.ts';
import { own } from './own.ts';
import { referencesIn, type Reference } from './references.ts';

/** Reports references to what nobody publishes, and texts that look like a reference and are none. */
export function reportReferences(tasks: readonly BoundTask[], { reader, stacks }: Binding): void {
  const published = new Set(tasks.flatMap(({ task }) => addressesOf(task)));
  // Where steps could not be read, what they would publish is missing for that reason.
  const isComplete = tasks.every(({ incomplete }) => !incomplete);
  reader.eachText((text, error) => {
    for (const malformed of malformedReferences(text)) {
      const expected = '{{stacks.NAME.Output}} or {{tasks.4.1/a1.Output}}';
      error('reference-form', `${malformed} is no reference.`, { expected });
    }
    for (const reference of referencesIn(text)) {
      if (!published.has(reference.address)) {
        if (!isComplete) continue;
        const hints = meantBy(reference.address, [...published]);
        error('reference-unknown', `{{${reference.text}}}: no task publishes ${reference.address}.`, hints);
      } else {
        const outputs = outputsOf(reference, stacks.templates);
        if (outputs === undefined || outputs.includes(reference.name)) continue;
        const message = `{{${reference.text}}}: stack ${String(reference.stack)} has no output "${reference.name}".`;
        error('reference-unknown', message, meantBy(reference.name, outputs));
      }
    }
  });
}

/** What a task publishes: its steps' results, or what a person tells with `complete`. */
function addressesOf({ ref, steps }: BoundTask['task']): string[] {
  return steps.length === 0 ? [`tasks.${ref}`] : steps.map(({ publishes }) => publishes);
}

function outputsOf({ stack }: Reference, templates: Binding['stacks']['templates']): readonly string[] | undefined {
  return stack === undefined ? undefined : own(templates, stack)?.outputs;
}

/** Other programs use double braces too (`{{resolve:ssm:…}}`): only what begins almost as ours do is meant as one. */
function malformedReferences(text: string): string[] {
  const braces = text.match(/\{\{[^{}]*\}\}/g) ?? [];
  return braces.filter((one) => {
    const [word = ''] = /[A-Za-z]+/.exec(one) ?? [];
    return referencesIn(one).length === 0 && nearest(word, ['stacks', 'tasks']) !== undefined;
  });
}
