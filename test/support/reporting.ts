import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { communicationOf } from '../../src/activities/slices.ts';
import type { Notice } from '../../src/contract/notice.ts';
import type { GatesState } from '../../src/gates/model.ts';
import type { Folders } from './folders.ts';
import type { PhaseHandle } from './harness.ts';
import { smallPlan } from './plans.ts';

/** Two milestones, and two lines of a communication plan. */
export const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] },
    { number: '9.2', title: 'Two', lanes: [{ title: 'Try', agent: 'Trial Agent', letter: 'a' }] },
  ],
}).replace(
  '## Phase 9 Completion Criteria',
  '## Communication Plan\n\n### Daily\n\n- News of everyone\n- What is in the way\n\n## Phase 9 Completion Criteria',
);

export const ZONE = 'Europe/Berlin';
export const HOUR = 3_600_000;

/** Ids of the last standup and review. */
export async function latestOf(phase: PhaseHandle): Promise<{ readonly standup?: string; readonly review?: string }> {
  const slices = await phase.workflow.query<GatesState['slices']>('slices');
  return communicationOf({ slices })?.latest ?? {};
}

/** Notices in a file of the records. */
export async function told(folders: Folders, file: string): Promise<Notice[]> {
  const text = await readFile(join(folders.recordsDir, file), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Notice);
}

/** A clock that only tests move, with pauses of 50 ms between attempts. */
export function clockFrom(start: number) {
  const clock = { time: start, now: () => clock.time, longestPauseMs: 50 };
  return clock;
}
