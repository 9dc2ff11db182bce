/** What people are told of a gate. */
export interface Notice {
  /** The same for every attempt to deliver it. */
  readonly id: string;
  readonly kind: 'opened' | 'reminder' | 'escalated' | 'closed' | 'overridden';
  /** Workflow id. */
  readonly phase: string;
  readonly gate?: string;
  /** One line. */
  readonly title: string;
  /** Plain text, which may look like Markdown. */
  readonly text: string;
  /** Where to look. */
  readonly link?: string;
  /** What to type in order to answer. */
  readonly command?: string;
}
