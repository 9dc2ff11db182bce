import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accountOf, type Account } from '../../scripts/rehearse/account.ts';
import { longestChain } from '../../scripts/rehearse/lengths.ts';
import { movedBy, rehearsable, STAND_IN, tasksOf, weeksUntil } from '../../scripts/rehearse/plan.ts';
import { run } from '../../scripts/rehearse/run.ts';
import { standIns } from '../../scripts/rehearse/stand-ins.ts';
import { compileFile } from '../../scripts/plan/load.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import type { Plan } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { projectPhases } from '../support/project.ts';
import { startTimeSkippingServer, workflowBundle } from '../support/servers.ts';
import { runScript } from './run-script.ts';

const DAY = 86_400_000;
const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
/** Who does the work may not approve it, and nobody else may. */
const lonely = `people:
  dana: { roles: [Owner], agents: [Build Agent] }
  lee: { roles: [Lead] }
operators: [Lead]
policy: { distinct: [completers] }
milestones: { '9.1': { exit: { 1: { approve: Owner } } } }
`;
/** Decisions at the exit gate count on Wednesdays only. */
const windowed = `people:
  ben: { agents: [Build Agent] }
  dana: { roles: [Owner] }
calendars: { change: { zone: UTC, days: [wed], from: '10:00', to: '12:00' } }
milestones: { '9.1': { exit: { policy: { window: change }, 1: { approve: Owner } } } }
`;
const dated = plan
  .replace('dateFormat  D', 'dateFormat  YYYY-MM-DD\n    excludes weekends')
  .replace(':a1, 01, 1d', ':a1, 2025-01-09, 3d');

describe('a rehearsal', () => {
  let folders: Folders;

  before(async () => {
    folders = await Folders.create({
      small: { 'plan.md': plan },
      lonely: { 'plan.md': plan, 'playbook.yaml': lonely },
      windowed: { 'plan.md': plan, 'playbook.yaml': windowed },
      dated: { 'plan.md': dated },
      wrong: { 'plan.md': '# Nothing of the kind\n' },
    });
  });
  after(() => folders.remove());

  const compiled = async (folder: string): Promise<Plan> => {
    const { plan: found } = await compileFile(folder, { playbook: true });
    assert.ok(found);
    return found;
  };

  /** A Monday in the future, at midnight. */
  const monday = () => {
    const today = Math.floor(Date.now() / DAY);
    return (today + 8 - ((today + 3) % 7) + 6) * DAY;
  };

  async function rehearsed(given: Plan, start = monday(), within = 120_000): Promise<Account> {
    const env = await startTimeSkippingServer();
    const options = { plan: given, start, by: STAND_IN, within, bundle: await workflowBundle() };
    const { signal } = new AbortController();
    return accountOf(given, await run(env, { ...options, signal, onDay: () => undefined }), []);
  }

  it('carries out a plan without a playbook, and tells who waits for whom and when', async () => {
    const start = monday();
    const account = await rehearsed(await compiled(join(folders.phasesDir, 'small')), start);
    const seen = account.waits.map(({ at, who, forWhom, what, ms }) => {
      const hour = Math.round((Date.parse(at) - start) / 3_600_000);
      return [hour, who, forWhom, what, Math.round(ms / 3_600_000)];
    });
    assert.deepEqual(seen, [
      [0, 'the phase', 'anyone', 'gate entry', 0],
      [0, 'milestone 9.1', 'anyone', 'gate 9.1/entry', 0],
      [0, 'task 9.1/a1 First of Build', 'Build Agent', 'its completion', 24],
      [24, 'task 9.1/a2 Second of Build', 'Build Agent', 'its completion', 24],
      [48, 'milestone 9.1', 'anyone', 'gate 9.1/exit', 0],
      [48, 'milestone 9.1', 'anyone', 'gate 9.1/quality', 0],
      [48, 'the phase', 'anyone', 'gate completion', 0],
    ]);
    assert.deepEqual(account.stuck, []);
    assert.equal(account.inWords, 'on time');
  });

  it('has people decide in the window of a gate, and tells by how much its milestone slips', async () => {
    const start = monday();
    const account = await rehearsed(await compiled(join(folders.phasesDir, 'windowed')), start);
    const exit = account.waits.find(({ what }) => what.startsWith('gate 9.1/exit'));
    assert.equal(exit?.what, 'gate 9.1/exit, which clears only within change');
    assert.equal(exit.forWhom, 'dana (Owner)');
    assert.equal(Math.round(exit.ms / 3_600_000), 10);
    assert.deepEqual(
      account.milestones.map(({ number, inWords }) => [number, inWords]),
      [['9.1', '0.4 days late']],
    );
  });

  it('moves dates that have passed by whole weeks, and counts no weekend as work', async () => {
    const given = await compiled(join(folders.phasesDir, 'dated'));
    const moved = movedBy(weeksUntil(given, Date.now()), given);
    const [first] = tasksOf(moved);
    const start = Date.parse(first?.startsAt ?? '');
    assert.ok(start > Date.now());
    assert.equal(new Date(start).getUTCDay(), 4, 'still a Thursday');
    const account = await rehearsed(moved, start);
    const done = account.waits.filter(({ what }) => what === 'its completion');
    assert.deepEqual(
      done.map(({ at, ms }) => [Math.round((Date.parse(at) - start) / DAY), Math.round(ms / DAY)]),
      // From Thursday to Monday, and on Tuesday.
      [
        [0, 5],
        [5, 1],
      ],
    );
    assert.equal(account.inWords, 'on time');
  });

  it('names the gate that nobody can clear, and what the rehearsal did to go on', async () => {
    const { code, stdout, stderr } = await runScript('plan', [
      ...['rehearse', join(folders.phasesDir, 'lonely'), '--json'],
    ]);
    assert.equal(code, 1, stderr);
    const account = JSON.parse(stdout) as Account;
    assert.deepEqual(
      account.stuck.map(({ on, why, wentOn }) => ({ on, why, wentOn })),
      [
        {
          on: '9.1/exit',
          why:
            'criterion 1 (Work of 9.1 done): nobody is left who may approve as Owner; ' +
            'dana completed or skipped 9.1/a1, which this gate guards',
          wentOn: 'overridden by the rehearsal; lee may waive it',
        },
      ],
    );
    assert.deepEqual(
      account.waits.filter(({ forWhom }) => forWhom === 'nobody').map(({ who, what }) => [who, what]),
      [['milestone 9.1', 'gate 9.1/exit']],
    );
    assert.match(stderr, /^day 2, \w{3} \d+ \w{3} \d{4}, milestone 9\.1/m);
  });

  it('carries out the 24 working days of Phase 4 within a minute', async function () {
    this.timeout(60_000);
    const given = await compiled(join(projectPhases, 'phase-4'));
    const account = await rehearsed(given, monday(), 60_000);
    assert.deepEqual(account.stuck, []);
    assert.equal(account.milestones.length, 3);
    const input = account.waits.find(({ what }) => what === 'reviewed thresholds');
    assert.equal(input?.forWhom, 'ines (Monitoring Agent)');
    // The Gantt starts some tasks before those that they need are over.
    const late = account.waits.find(({ who }) => who.startsWith('task 4.1/b1'));
    assert.equal(late?.forWhom, 'task 4.1/a2 (Infrastructure Agent)');
    const two = account.waits.find(({ what }) => what === 'gate 4.3/quality');
    assert.match(two?.forWhom ?? '', /^\w+ \(Stakeholder\), \w+ \(Stakeholder\)$/);
  });

  it('ends with where it stands when it takes longer than it may', async () => {
    const given = await compiled(join(folders.phasesDir, 'small'));
    await assert.rejects(
      rehearsed(given, monday(), 1),
      /^UserError: The rehearsal was not over within 0 s: .* --within/,
    );
  });

  it('has nothing of a phase left that reaches AWS, files or the network', async () => {
    const given = await compiled(join(projectPhases, 'phase-4'));
    const rehearsal = rehearsable(given);
    const steps = tasksOf(rehearsal).flatMap((task) => task.steps);
    assert.deepEqual(
      [...new Set(steps.map(({ kind, input }) => `${kind} ${JSON.stringify(input)}`))],
      ['rehearsed {}'],
    );
    const checks = gatesOf(rehearsal).flatMap(({ criteria }) => criteria.flatMap((criterion) => criterion.checks));
    assert.deepEqual([...new Set(checks.map(({ kind }) => kind))].toSorted(), ['gate', 'rehearsed']);
    assert.deepEqual([rehearsal.channels, rehearsal.reporting, rehearsal.starts], [undefined, undefined, undefined]);
    const activities = standIns({
      ...{ plan: rehearsal, client: {} as never, foreseen: { windows: new Map(), instants: new Set() } },
      ...{ endOf: () => 0, now: () => Promise.resolve(0) },
    });
    const kinds = Object.keys(activities).filter((name) => name.includes('.'));
    assert.deepEqual(kinds, ['step.rehearsed', 'check.rehearsed']);
  });

  it('divides the length of a task among the steps of its longest chain', () => {
    const needs = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [] };
    assert.equal(longestChain(Object.entries(needs).map(([id, one]) => ({ id, needs: one }))), 3);
    assert.equal(longestChain([]), 1);
  });

  it('is documented by tests that exist', async () => {
    const page = await readFile(join(root, 'docs', 'rehearsal.md'), 'utf8');
    const own = await readFile(import.meta.filename, 'utf8');
    const [, table = ''] = page.split('Proved by');
    const titles = [...table.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title);
    assert.equal(titles.length, 8);
    for (const title of titles) assert.ok(own.includes(`it('${title}'`), title);
  });

  it('refuses options that it does not understand, before it starts a server', async () => {
    const rehearse = (...options: string[]) =>
      runScript('plan', ['rehearse', join(folders.phasesDir, 'small'), ...options]);
    const within = await rehearse('--within', '10');
    assert.deepEqual([within.code, within.stdout], [2, '']);
    assert.match(within.stderr, /^--within is "10"; it takes a length/);
    const start = await rehearse('--start', '2020-01-01');
    assert.deepEqual([start.code, start.stdout], [2, '']);
    assert.match(start.stderr, /^--start is "2020-01-01"; it takes a date in the future/);
    const wrong = await runScript('plan', ['rehearse', join(folders.phasesDir, 'wrong')]);
    assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
    const help = await rehearse('--help');
    assert.match(help.stdout, /--within <length>/);
  });
});
