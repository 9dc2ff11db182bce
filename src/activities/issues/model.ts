/** What a phase knows of integration issues. Plain JSON: continue-as-new carries it. */
import type { Evidence } from '../../gates/ledger.ts';
import type { GatesState } from '../../gates/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { isAtLeast, type Severity } from '../../plan/severity.ts';

/** Key of the issues among the slices, and the name of their rounds and of their check. */
export const ISSUES = 'issues';

/** Issues that are open. What a suite finds beyond is counted, and holds the check `issues` as well. */
export const OPEN_ISSUES = 500;
/** Issues in all. The oldest closed ones are left out first, and counted; resolved and deferred ones stay. */
export const ALL_ISSUES = 1_000;
/** Bytes of all issues: a phase hands 1.9 MB to its next run at most. */
export const ISSUES_BYTES = 600_000;
/** Suites, each with its environment, that can have issues. */
export const SUITES = 200;

export interface IssuesState {
  /** In the order in which they were opened. */
  readonly issues: readonly Issue[];
  /** Number of the last issue. */
  readonly counter: number;
  /** Closed issues that are kept no more. */
  readonly dropped: number;
  /** Counts what has opened, closed or resolved issues: a round in which it stands still has found nothing. */
  readonly changes: number;
  /** The last run of each suite, by `suite/environment`. */
  readonly seen: { readonly [run: string]: SeenRun };
  /** Digest of the fixes that each task has told last, so that they count once; at most one for each task of the plan. */
  readonly fixes: { readonly [task: TaskRef]: string };
  /** The loops of fixing and retesting; at most one for each task of the plan. */
  readonly loops: { readonly [task: TaskRef]: Loop };
  /** Number of the last sign-off that was looked at. */
  readonly signOffs: number;
}

/** Something that testing, or a person, has found to be wrong. */
export interface Issue {
  /** `I-1` */
  readonly id: string;
  /** The case that fails: of a suite in an environment. Absent where a person has reported it without one. */
  readonly found?: CaseOf;
  readonly title: string;
  readonly severity: Severity;
  /** Empty where nobody has said it. */
  readonly component: string;
  /** Responsible agent. Empty where nobody has said it. */
  readonly agent: string;
  /** `resolved`: said to be mended, and not retested yet. */
  readonly state: 'open' | 'resolved' | 'closed' | 'deferred';
  readonly opened: {
    /** Epoch milliseconds. */
    readonly at: number;
    readonly revision?: string;
    readonly evidence?: Evidence;
    /** Who has reported it; absent where a suite has found it. */
    readonly by?: string;
  };
  /** Revision at which the case has failed last. */
  readonly failedAt?: string;
  /** Set of cases in which it has failed last; absent while it never has. */
  readonly caseSet?: string;
  /** What the case says. */
  readonly message?: string;
  readonly evidence?: Evidence;
  readonly assignee?: string;
  readonly resolution?: Resolution;
  readonly closed?: { readonly at: number; readonly revision?: string; /** Absent: a suite. */ readonly by?: string };
  readonly deferral?: { readonly by: string; readonly at: number; readonly reason: string };
  /** Why it is open, or resolved, in spite of what was said or run. */
  readonly because?: string;
  readonly reopened: number;
  /** How often it was said to be mended. */
  readonly rounds: number;
}

export interface CaseOf {
  readonly suite: string;
  readonly environment: string;
  readonly case: string;
}

export interface Resolution {
  /** A person, or the agent of a task. */
  readonly by: string;
  readonly at: number;
  readonly note: string;
  /** The revision that carries the fix, where that was said. */
  readonly revision?: string;
  /** Test cases that the fix has added or changed. */
  readonly cases?: readonly string[];
  /** Why it needs none. */
  readonly waiver?: string;
}

/** The last run of a suite in an environment, as far as issues follow from it. */
export interface SeenRun {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly revision: string;
  readonly caseSet: string;
  readonly component: string;
  readonly agent: string;
  readonly severity: Severity;
  /** Failing cases that there is no issue for, because there are too many. */
  readonly beyond: number;
}

/** How far a task is with its rounds of fixing and retesting. */
export interface Loop {
  /** Of the last round. */
  readonly number: number;
  /** Epoch milliseconds at which it ended. */
  readonly at: number;
  /** Rounds one after the other that have left something open. */
  readonly worked: number;
  /** Rounds one after the other that have left nothing open, and have not found the same as the one before. */
  readonly restless: number;
  /** `IssuesState.changes` as it ended. */
  readonly changes: number;
  /** Whether it has found nothing, with nothing to do. */
  readonly isQuiet: boolean;
}

export const NO_ISSUES: IssuesState = {
  issues: [],
  counter: 0,
  dropped: 0,
  changes: 0,
  seen: {},
  fixes: {},
  loops: {},
  signOffs: 0,
};

export function issuesOf({ slices }: Pick<GatesState, 'slices'>): IssuesState {
  return (slices[ISSUES] ?? NO_ISSUES) as IssuesState;
}

/** `component/testing` */
export function runOf({ suite, environment }: Pick<CaseOf, 'suite' | 'environment'>): string {
  return `${suite}/${environment}`;
}

/** `component/testing/Orders › are listed`: what an issue is known by. */
export function keyOf(found: CaseOf): string {
  return `${runOf(found)}/${found.case}`;
}

/** Whether it is neither closed nor deferred. */
export function isOpen({ state }: Issue): boolean {
  return state === 'open' || state === 'resolved';
}

/** Whether it was said to be mended, and no run has looked at it in vain since. */
export function isAwaited({ state, because }: Issue): boolean {
  return state === 'resolved' && because === undefined;
}

/** Issues that stand in the way of whoever asks for none at this severity or above. */
export function blocking({ issues }: IssuesState, severity: Severity): Issue[] {
  return issues.filter((issue) => isOpen(issue) && isAtLeast(issue.severity, severity));
}

/** Failing cases at this severity or above that there is no issue for. */
export function beyond({ seen }: IssuesState, severity: Severity): number {
  const runs = Object.values(seen).filter((run) => isAtLeast(run.severity, severity));
  return runs.reduce((sum, run) => sum + run.beyond, 0);
}
