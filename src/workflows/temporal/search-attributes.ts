import type { SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { searchAttributes } from '../../contract/names.ts';

export interface SearchValues {
  readonly plan: string;
  /** As people read it in a list of workflows: `Phase 4: Implementation Execution`. */
  readonly title: string;
  readonly state: string;
  /** Roles and agents that are asked to act. */
  readonly waiting: readonly string[];
  /** References of blocked tasks. */
  readonly blocked: readonly string[];
  /** How many issues are open. */
  readonly issues: number;
}

/** The server terminates a workflow whose attribute value exceeds 2,048 bytes; this leaves room for list framing. */
const MAX_BYTES = 1800;

/** Cuts a list so that its values together stay within what the server accepts; the last one kept says how many were cut. */
export function clipValues(values: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const value of values) {
    const clipped = clipValue(value);
    const size = utf8Length(clipped) + 4;
    if (bytes + size > MAX_BYTES - 24) return [...kept, `and ${String(values.length - kept.length)} more`];
    kept.push(clipped);
    bytes += size;
  }
  return kept;
}

/** Cuts one value to 200 bytes, never inside a character. */
export function clipValue(value: string): string {
  let bytes = 0;
  let clipped = '';
  for (const character of value) {
    bytes += utf8Length(character);
    if (bytes > 200) return clipped;
    clipped += character;
  }
  return clipped;
}

function utf8Length(text: string): number {
  return encodeURIComponent(text.toWellFormed()).replace(/%[0-9A-F]{2}/g, '_').length;
}

/** What a milestone carries from its start, so that a list filtered by plan shows it under the title that people know. */
export function milestoneAttributes({
  plan,
  title,
  state,
}: Pick<SearchValues, 'plan' | 'title' | 'state'>): SearchAttributePair[] {
  return [
    { key: searchAttributes.PhasegatePlan, value: clipValue(plan) },
    { key: searchAttributes.PhasegateTitle, value: clipValue(title) },
    { key: searchAttributes.PhasegateState, value: clipValue(state) },
  ];
}

/**
 * Upserts only what differs from `before`, in one command.
 *
 * @returns whether anything differs
 */
export function upsertChanged(before: SearchValues | undefined, after: SearchValues): boolean {
  const pairs = changedAttributes(before, after);
  if (pairs.length > 0) upsertSearchAttributes(pairs);
  return pairs.length > 0;
}

/** What differs from `before`. */
export function changedAttributes(before: SearchValues | undefined, after: SearchValues): SearchAttributePair[] {
  return [
    ...(before?.plan === after.plan ? [] : [{ key: searchAttributes.PhasegatePlan, value: clipValue(after.plan) }]),
    ...(before?.title === after.title ? [] : [{ key: searchAttributes.PhasegateTitle, value: clipValue(after.title) }]),
    ...(before?.state === after.state ? [] : [{ key: searchAttributes.PhasegateState, value: after.state }]),
    ...(same(before?.waiting, after.waiting)
      ? []
      : [{ key: searchAttributes.PhasegateWaiting, value: clipValues(after.waiting) }]),
    ...(same(before?.blocked, after.blocked)
      ? []
      : [{ key: searchAttributes.PhasegateBlocked, value: clipValues(after.blocked) }]),
    // A phase that has no issues has no such attribute.
    ...((before?.issues ?? 0) === after.issues ? [] : [{ key: searchAttributes.PhasegateIssues, value: after.issues }]),
  ];
}

function same(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((value, index) => value === b[index]);
}
