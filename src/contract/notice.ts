/** What people are told of a gate, or of tasks. */
export interface Notice {
  /** The same for every attempt to deliver it. */
  readonly id: string;
  /** Of gates; of tasks: `blocked`, `overdue`; of the communication plan: `standup`, `review`. */
  readonly kind:
    'opened' | 'reminder' | 'escalated' | 'closed' | 'overridden' | 'blocked' | 'overdue' | 'standup' | 'review';
  /** Workflow id. */
  readonly phase: string;
  readonly gate?: string;
  /** Tasks that it is about, 100 at most; several that have come to the same at once are told together. */
  readonly tasks?: readonly string[];
  /** One line. */
  readonly title: string;
  /** Plain text, which may look like Markdown. */
  readonly text: string;
  /** Where to look. */
  readonly link?: string;
  /** Pages on which the gate is decided. Nobody decides by opening one: the person signs in there. */
  readonly decide?: { readonly approve: string; readonly reject: string };
  /** What to type in order to answer: a command, or several, one on each line. */
  readonly command?: string;
}

/** The gate or the task that a notice is about; nothing where it is about several. */
export function subjectOf({ gate, tasks = [] }: Pick<Notice, 'gate' | 'tasks'>): string | undefined {
  return gate ?? (tasks.length === 1 ? tasks[0] : undefined);
}
