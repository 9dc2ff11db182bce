/** What a standup has for each agent. */
export const standupParts = ['progress', 'blockers', 'dependencies', 'next'] as const;
export type StandupPart = (typeof standupParts)[number];

/** What a review has. */
export const reviewParts = ['milestones', 'tests', 'issues', 'schedule', 'decisions', 'stakeholders'] as const;
export type ReviewPart = (typeof reviewParts)[number];

/** What is published again and again. */
export interface Meeting<Part extends string> {
  /** Time of day. */
  readonly at: string;
  /** Names of audiences. */
  readonly to: readonly string[];
  /** All parts, those that lines of the communication plan ask for first. */
  readonly parts: readonly { readonly part: Part; /** As the plan has it. */ readonly line?: string }[];
}
