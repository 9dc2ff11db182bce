import { isRecord } from '../../base/json.ts';
import type { GatesState } from '../../gates/model.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { isSeverity, type Severity } from '../../plan/severity.ts';
import { ISSUES } from './model.ts';

/** How a task fixes and retests, from its `rounds: {issues: …}` in the playbook. */
export interface LoopSettings {
  /** Issues at this severity, or above, are worked on. */
  readonly severity: Severity;
  /** Rounds with work, at most. */
  readonly most: number;
  /** Tasks that find issues: it is not over before they are. */
  readonly after: readonly TaskRef[];
  /** `agents`: steps of the round fix what is open. `people`: they resolve issues, and a round retests. */
  readonly by: 'agents' | 'people';
  /** Role that defers issues. Absent: operators. */
  readonly deferBy?: string;
  /** It ends with a round that runs every suite. */
  readonly final: boolean;
}

/** Settings of a task, when its rounds are about issues. */
export function settingsOf({ tasks }: GatesState, task: TaskRef): LoopSettings | undefined {
  const rounds = Object.hasOwn(tasks, task) ? tasks[task]?.rounds : undefined;
  return rounds?.slice === ISSUES && isSettings(rounds.settings) ? rounds.settings : undefined;
}

/** Roles that may defer, by the playbook. None: operators may. */
export function deferrers(state: GatesState): string[] {
  const roles = Object.keys(state.tasks).flatMap((task) => settingsOf(state, task)?.deferBy ?? []);
  return [...new Set(roles)];
}

/** A phase may be started with a snapshot that somebody has made up. */
function isSettings(value: unknown): value is LoopSettings {
  if (!isRecord(value)) return false;
  const { severity, most, after, by, deferBy, final } = value;
  return (
    isSeverity(severity) &&
    typeof most === 'number' &&
    Array.isArray(after) &&
    after.every((task) => typeof task === 'string') &&
    (by === 'agents' || by === 'people') &&
    (deferBy === undefined || typeof deferBy === 'string') &&
    typeof final === 'boolean'
  );
}
