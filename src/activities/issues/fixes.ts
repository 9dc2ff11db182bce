import { digestOf } from '../../base/digest.ts';
import { isRecord, own } from '../../base/json.ts';
import { counted, plainLine } from '../../base/text.ts';
import type { Draft } from '../../gates/draft.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import { fullOfWords } from './kept.ts';
import { type Issue, ISSUES, issuesOf, type Resolution } from './model.ts';

/** Topic of the fixes that a step tells. */
export const FIX_TOPIC = 'fix';

/** Fixes in one fact. */
const FIXES = 500;
/** Test cases of a fix that are kept, and their characters. */
const CASES = 5;
const CASE_CHARACTERS = 120;
const TEXT_CHARACTERS = 200;

/** What an agent says of one issue that it has mended. */
interface Fix {
  readonly issue: string;
  readonly note: string;
  readonly cases?: readonly string[];
  readonly waiver?: string;
}

/** Marks issues as resolved that a step of a task has mended. The same fact again changes nothing. */
export function takeFixes(draft: Draft, task: TaskRef, data: unknown): void {
  const agent = draft.task(task)?.agent;
  const before = issuesOf(draft.state);
  // The same words in another round are another fix.
  const digest = digestOf([own(draft.state.tasks, task)?.rounds?.done ?? 0, data]);
  if (agent === undefined || !isFixes(data) || own(before.fixes, task) === digest) return;
  const told = { what: 'issues', trust: 'phase', on: task, by: agent } as const;
  const full = fullOfWords(before);
  if (full !== undefined) {
    draft.setSlice(ISSUES, { ...before, fixes: { ...before.fixes, [task]: digest } });
    const left = `${counted(data.resolved.length, 'fix', 'fixes')} left out, whose issues stay as they are: ${full}`;
    draft.record({ ...told, code: 'REFUSED', reason: left });
    return;
  }
  const fixes = new Map(data.resolved.map((fix) => [fix.issue, fix]));
  const resolved: string[] = [];
  const issues = before.issues.map((issue) => {
    const fix = fixes.get(issue.id);
    if (fix === undefined || issue.state !== 'open') return issue;
    if (!isTested(fix)) return { ...issue, because: `the fix of ${agent} ${UNTESTED}` };
    resolved.push(issue.id);
    return resolvedBy(issue, { by: agent, at: draft.at, ...fix });
  });
  const changes = before.changes + (resolved.length > 0 ? 1 : 0);
  draft.setSlice(ISSUES, { ...before, issues, changes, fixes: { ...before.fixes, [task]: digest } });
  if (resolved.length === 0) return;
  const more = resolved.length > 10 ? ` and ${String(resolved.length - 10)} more` : '';
  const reason = `resolved ${resolved.slice(0, 10).join(', ')}${more}`;
  draft.record({ ...told, code: 'ACCEPTED', reason });
}

export const UNTESTED = 'names no test case that it has added or changed, and no reason why it needs none';

/** A fix adds or changes a test case, or says why it needs none. */
export function isTested({ cases = [], waiver = '' }: Pick<Fix, 'cases' | 'waiver'>): boolean {
  return cases.length > 0 || waiver.trim() !== '';
}

export function resolvedBy(issue: Issue, said: Omit<Resolution, 'at'> & { readonly at: number }): Issue {
  const { because: _, ...known } = issue;
  const { by, at, note, revision, cases = [], waiver } = said;
  return {
    ...known,
    state: 'resolved',
    resolution: {
      by,
      at,
      note: plainLine(note, TEXT_CHARACTERS),
      ...(revision === undefined ? {} : { revision }),
      ...(cases.length === 0 ? {} : { cases: cases.slice(0, CASES).map((name) => plainLine(name, CASE_CHARACTERS)) }),
      ...(waiver === undefined ? {} : { waiver: plainLine(waiver, TEXT_CHARACTERS) }),
    },
    rounds: issue.rounds + 1,
  };
}

/** Anybody may send a Signal that looks like a fact. */
function isFixes(data: unknown): data is { readonly resolved: readonly Fix[] } {
  if (!isRecord(data)) return false;
  const { resolved } = data;
  return Array.isArray(resolved) && resolved.length <= FIXES && resolved.every(isFix);
}

function isFix(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { issue, note, cases, waiver } = value;
  const isNames = Array.isArray(cases) && cases.length <= FIXES && cases.every((name) => typeof name === 'string');
  return (
    typeof issue === 'string' &&
    typeof note === 'string' &&
    (cases === undefined || isNames) &&
    (waiver === undefined || typeof waiver === 'string')
  );
}
