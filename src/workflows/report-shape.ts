import { changesDigest } from '../gates/asks.ts';
import type { TaskSummary } from '../gates/model.ts';
import type { TaskReport } from './messages.ts';

/** States that a milestone reports; the end of a task is told by its result alone. */
const states: readonly unknown[] = ['pending', 'running', 'waiting', 'blocked'];
const waits: readonly unknown[] = ['complete', 'input', 'blocked'];

/**
 * Whether a value is a report about a task of this phase. Anybody may send a Signal of that name with any body, and what is
 * taken over here is shown on the board: a wrong value in it would fail the phase's workflow tasks for ever.
 */
export function isReport(value: unknown, tasks: { readonly [task: string]: TaskSummary }): value is TaskReport {
  if (!isRecord(value)) return false;
  const { task, state, desk, reason, digests, unsettled, refused, gates, asks } = value;
  return (
    typeof task === 'string' &&
    Object.hasOwn(tasks, task) &&
    states.includes(state) &&
    (desk === null || isDesk(desk, task)) &&
    isOptional(reason, 'string') &&
    isOptional(unsettled, 'string') &&
    isOptional(refused, 'string') &&
    (gates === undefined || (Array.isArray(gates) && gates.every((gate) => typeof gate === 'string'))) &&
    (asks === undefined || (Array.isArray(asks) && asks.every(isAsk))) &&
    (digests === undefined || isDigests(digests))
  );
}

function isAsk(ask: unknown): boolean {
  if (!isRecord(ask) || !Array.isArray(ask['lines'])) return false;
  const { where, sha256 } = ask;
  const lines = ask['lines'] as unknown[];
  if (typeof where !== 'string' || !lines.every((line) => typeof line === 'string')) return false;
  // Other words than the step's would have another digest.
  return changesDigest({ lines, where }) === sha256;
}

function isDigests(digests: unknown): boolean {
  if (!isRecord(digests) || !isRecord(digests['templates']) || !isOptional(digests['playbook'], 'string')) return false;
  return Object.values(digests['templates']).every((digest) => digest === null || typeof digest === 'string');
}

function isDesk(desk: unknown, task: string): boolean {
  return (
    isRecord(desk) &&
    desk['task'] === task &&
    typeof desk['title'] === 'string' &&
    waits.includes(desk['waits']) &&
    Array.isArray(desk['agents']) &&
    desk['agents'].every((agent) => typeof agent === 'string') &&
    typeof desk['since'] === 'number' &&
    isOptional(desk['due'], 'number') &&
    isOptional(desk['overdue'], 'boolean') &&
    isOptional(desk['reason'], 'string')
  );
}

function isOptional(value: unknown, type: 'string' | 'number' | 'boolean'): boolean {
  return value === undefined || typeof value === type;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
