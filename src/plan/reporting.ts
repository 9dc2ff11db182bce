/** How the communication plan of a phase is carried out, as the playbook has it. Plain JSON, like the rest of the plan. */
import type { weekdays } from '../calendar/calendar.ts';
import type { Channel } from './channels.ts';
import type { NamedCalendar } from './gate-model.ts';
import type { Step } from './model.ts';

/** What a standup has for each agent. */
export const standupParts = ['progress', 'blockers', 'dependencies', 'next'] as const;
export type StandupPart = (typeof standupParts)[number];

/** What a review has. */
export const reviewParts = ['milestones', 'tests', 'issues', 'schedule', 'decisions', 'stakeholders'] as const;
export type ReviewPart = (typeof reviewParts)[number];

export interface Reporting {
  /** Working days of standups and reviews. */
  readonly calendar?: NamedCalendar;
  /** Channels by the name of an audience. */
  readonly audiences: { readonly [name: string]: readonly Channel[] };
  readonly standups?: Meeting<StandupPart>;
  readonly reviews?: Meeting<ReviewPart> & {
    /** The last working day of the week up to this one. */
    readonly on: (typeof weekdays)[number];
    /** There is one at the end of every milestone besides. */
    readonly milestones: boolean;
  };
  readonly documents: readonly KeptDocument[];
}

/** What is published again and again. */
export interface Meeting<Part extends string> {
  /** Time of day. */
  readonly at: string;
  /** Names of audiences. */
  readonly to: readonly string[];
  /** All parts, those that lines of the communication plan ask for first. */
  readonly parts: readonly { readonly part: Part; /** As the plan has it. */ readonly line?: string }[];
}

/** A document that is written anew when its subject has changed. */
export interface KeptDocument {
  /** Line of the communication plan. */
  readonly line: string;
  readonly step: Step;
  /** What it is drawn from: names of slices, or `outputs`. Empty: anything. */
  readonly drawnFrom: readonly string[];
}
