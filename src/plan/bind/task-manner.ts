import { sha256 } from '../../base/digest.ts';
import { meantBy } from '../../base/match.ts';
import type { Task } from '../model.ts';
import type { PlaybookTask } from '../playbook/schema.ts';
import type { Path } from '../section.ts';
import { type Binding, contextFor } from './context.ts';

/** What the entry says of a task that a person does. */
export function ofPerson(
  { reader, files }: Binding,
  { ref }: Task,
  path: Path,
  { reads, delivers }: PlaybookTask,
  hasSteps: boolean,
): Pick<Task, 'reads' | 'delivers'> {
  const key = reads !== undefined ? 'reads' : 'delivers';
  if (hasSteps && (reads ?? delivers) !== undefined) {
    reader.error('for-person', [...path, key], `"${key}" is for tasks that a person does, and ${ref} has steps.`, {
      suggestion: 'Leave it out: a command gets the phase folder, and publishes its outputs by itself.',
    });
    return {};
  }
  const documents = (reads ?? []).flatMap((file, index) => {
    const text = files[file];
    if (typeof text === 'string') return [{ path: file, sha256: sha256(text) }];
    reader.error('document-missing', [...path, 'reads', index], `There is no file ${file} in the phase folder.`, {
      expected: 'the path of a text file, such as docs/architecture.md',
    });
    return [];
  });
  return {
    ...(documents.length === 0 ? {} : { reads: documents }),
    ...(delivers === undefined ? {} : { delivers: [...new Set(delivers)] }),
  };
}

/** Reports a step that is left out in rounds which its task does not have. */
export function reportSkipIdle(reader: Binding['reader'], ref: string, path: Path): void {
  reader.error(
    'skip-idle',
    [...path, 'skipIdle'],
    `"skipIdle" is for tasks in rounds, and ${ref} is carried out once.`,
    {
      suggestion: 'Add "rounds" to the task, or leave "skipIdle" out.',
    },
  );
}

/** What the task's `rounds` says, read by the capability that owns the slice. */
export function bindRounds(binding: Binding, task: Task, path: Path, { rounds }: PlaybookTask): Task['rounds'] {
  if (rounds === undefined) return undefined;
  const { kinds, reader, plan } = binding;
  const names = kinds.rounds.map(({ slice }) => slice);
  const [slice = '', second] = Object.keys(rounds);
  const at = [...path, 'rounds', slice];
  const kind = kinds.rounds.find((one) => one.slice === slice);
  if (kind === undefined || second !== undefined) {
    const message =
      second === undefined
        ? `Nothing is done in rounds of "${slice}".`
        : `Two kinds of rounds: ${slice} and ${second}.`;
    reader.error(
      'rounds',
      kind === undefined ? at : [...path, 'rounds', second ?? slice],
      message,
      meantBy(slice, names),
    );
    return undefined;
  }
  const parsed = kind.entry.safeParse(rounds[slice] ?? undefined);
  if (!parsed.success) {
    reader.shapeErrors(at, parsed.error.issues, kind.entry);
    return undefined;
  }
  const tasks = plan.milestones.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.tasks.map(({ ref }) => ref)));
  const milestone = task.ref.slice(0, task.ref.indexOf('/'));
  const context = contextFor(binding, at, { agent: task.agent, milestone });
  return { slice, settings: kind.expand(parsed.data, { ...context, task: task.ref, tasks }) };
}
