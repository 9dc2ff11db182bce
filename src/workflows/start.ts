import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import ms from 'ms';
import type { Plan } from '../plan/model.ts';
import { milestonesBefore } from '../plan/order.ts';
import type { Pace, PhaseInput } from './messages.ts';

/** A start input whose every value has been checked. */
export interface Start {
  readonly pace: Pace;
  readonly dayMs: number;
}

const form = '{"phase":"phase-4","by":"dana"}';

/** Fails the workflow for good when the input cannot be meant: nothing has happened yet, so starting again is the mend. */
export function checkStart(input: unknown): asserts input is PhaseInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid(`The input of a phase is an object, for example ${form}`);
  }
  const given = input as { readonly [key: string]: unknown };
  for (const key of ['phase', 'by'] as const) {
    if (typeof given[key] !== 'string' || given[key] === '') {
      throw invalid(`"${key}" is missing or not a text; write for example ${form}`);
    }
  }
  for (const key of ['from', 'reason', 'dayLength'] as const) {
    if (given[key] !== undefined && typeof given[key] !== 'string') throw invalid(`"${key}" must be a text`);
  }
  if (given['pace'] !== undefined && given['pace'] !== 'asap' && given['pace'] !== 'planned') {
    throw invalid(`"pace" is ${JSON.stringify(given['pace'])}; it can be "asap" (default) or "planned"`);
  }
  const { cronSchedule, retryPolicy } = workflowInfo();
  if (cronSchedule !== undefined && cronSchedule !== '')
    throw invalid('A phase is carried out once: start it without a cron schedule');
  if (retryPolicy !== undefined) throw invalid('A phase is carried out once: start it without a retry policy');
  if (given['resume'] !== undefined && workflowInfo().continuedFromExecutionRunId === undefined) {
    throw invalid('"resume" is for continue-as-new only');
  }
  const unknown = Object.keys(given).filter((key) => !known.has(key));
  if (unknown.length > 0) throw invalid(`unknown key "${unknown.join('", "')}"; known are ${[...known].join(', ')}`);
}

const known = new Set(['phase', 'by', 'pace', 'dayLength', 'from', 'reason', 'handover', 'resume']);

/** Reads pace and day length; a plan day is 24 hours unless the input says otherwise. */
export function readStart(input: PhaseInput): Start {
  const text = input.dayLength ?? '24h';
  let dayMs = Number.NaN;
  try {
    dayMs = ms(text as ms.StringValue);
  } catch {
    // Reported below, in words that say what would be right.
  }
  if (!Number.isFinite(dayMs) || dayMs <= 0) {
    throw invalid(`"dayLength" is ${JSON.stringify(text)}; write a length such as "24h", "8h" or "2s"`);
  }
  return { pace: input.pace ?? 'asap', dayMs };
}

/** Milestones that count as done when a phase starts `from` one: all that it depends on, directly or not. */
export function beforehandOf(plan: Plan, from: string | undefined): string[] {
  if (from === undefined) return [];
  if (!plan.milestones.some(({ number }) => number === from)) {
    const numbers = plan.milestones.map(({ number }) => number).join(', ');
    throw invalid(`"from" is ${JSON.stringify(from)}, which is no milestone; there are ${numbers}`);
  }
  return milestonesBefore(plan, from);
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidStart');
}
