import { type Standing } from '../../../src/contract/standing.ts';
import type { LedgerEntry } from '../../../src/gates/ledger.ts';
import type { DeskEntry, OpenGate, ShownIssue } from '../../../src/contract/answers.ts';
import { planOf } from '../../plan/document-text.ts';
import { smallPlan } from '../../support/plans.ts';

const HOUR = 3_600_000;
/** Noon of a Monday. */
export const start = Date.parse('2026-12-07T12:00:00Z');

export const plan = planOf(
  smallPlan({
    milestones: [
      {
        number: '9.1',
        title: 'Build',
        lanes: [
          { title: 'Build', agent: 'Build Agent', letter: 'a' },
          { title: 'Trial', agent: 'Trial Agent', letter: 'b' },
        ],
      },
      { number: '9.2', title: 'Run', lanes: [{ title: 'Run', agent: 'Run Agent', letter: 'a' }] },
    ],
  }),
);

/** An entry of the ledger. */
export function entry(number: number, said: Partial<LedgerEntry>): LedgerEntry {
  return {
    number,
    at: start + number * 60_000,
    what: 'approve',
    trust: 'asserted',
    code: 'ACCEPTED',
    reason: 'approved criterion 1',
    hash: 'h',
    ...said,
  };
}

export const desk: DeskEntry = {
  task: '9.1/a2',
  title: 'Second of Build',
  waits: 'blocked',
  agents: ['Build Agent'],
  since: new Date(start + 30 * HOUR).toISOString(),
  reason: 'the disk is full',
  who: ['lee'],
  command: `temporal workflow signal --workflow-id p --name retry --input '{"task":"9.1/a2","by":"lee"}'`,
};

export const openGate: OpenGate = {
  gate: '9.2/entry',
  title: 'Entry gate of milestone 9.2',
  state: 'open',
  round: 1,
  openedAt: new Date(start + 40 * HOUR).toISOString(),
  waits: [],
  signed: false,
  subject: '',
  command: `temporal workflow signal --workflow-id p --name approve --input '{"gate":"9.2/entry","by":"dana"}'`,
  who: ['dana'],
  unmet: [
    {
      criterion: '9.2/entry/1',
      number: 1,
      text: 'Ready for 9.2',
      approval: 'only',
      needs: 'Stakeholder',
      approvedBy: [],
      who: ['dana'],
      excluded: [],
      checks: [],
    },
  ],
  met: [],
};

export const issue: ShownIssue = {
  id: 'I-1',
  title: 'Orders are lost',
  severity: 'high',
  component: 'orders',
  agent: 'Build Agent',
  state: 'open',
  opened: { at: new Date(start).toISOString() },
  reopened: 0,
  rounds: 0,
};

/** In the middle of the first milestone, three days after the start; one task is blocked, and a gate is open. */
export function standing(given: Partial<Standing> = {}): Standing {
  return {
    workflowId: 'p',
    plan,
    by: 'dana',
    pace: 'asap',
    dayMs: 24 * HOUR,
    at: start + 72 * HOUR,
    stage: 'blocked',
    startedAt: start,
    milestones: { '9.1': { stage: 'work', startedAt: start }, '9.2': { stage: 'entry' } },
    tasks: {
      '9.1/a1': { state: 'done', startedAt: start, endedAt: start + 30 * HOUR },
      '9.1/a2': { state: 'blocked', startedAt: start + 30 * HOUR, because: 'the disk is full' },
      '9.1/b1': { state: 'done', startedAt: start, endedAt: start + 20 * HOUR, by: 'tess' },
      '9.1/b2': { state: 'running', startedAt: start + 20 * HOUR },
    },
    gates: {
      entry: { state: 'cleared', round: 2, openedAt: start, closedAt: start + HOUR, met: ['approved by dana'] },
      '9.2/entry': { state: 'open', round: 1, openedAt: start + 40 * HOUR, met: [undefined] },
    },
    ledger: [
      entry(1, { what: 'reject', by: 'lee', on: 'entry', reason: 'rejected: no budget' }),
      entry(2, {
        by: 'dana',
        on: 'entry',
        criteria: ['entry/1'],
        evidence: { where: 'plan.pdf', sha256: 'a'.repeat(64) },
      }),
      entry(3, { by: 'mona', on: 'entry', code: 'DENIED', reason: 'holds no role' }),
    ],
    desk: [desk],
    open: [openGate],
    issues: { open: 1, resolved: 0, deferred: 0, closed: 0, beyond: 0, issues: [issue], more: 0 },
    suites: { 'api/testing': [run('2026-12-07T13:00:00Z', 5), run('2026-12-08T13:00:00Z', 7)] },
    gaps: [],
    ...given,
  };
}

export function run(at: string, passed: number) {
  return { at, revision: 'r1', cases: { total: 8, passed, failed: 8 - passed, skipped: 0, flaky: 0 } };
}
