import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DateTime } from 'luxon';
import { weekdays } from '../../src/calendar/calendar.ts';
import { Receiver } from '../activities/notices/receiver.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { clockFrom, HOUR, latestOf, plan, told, ZONE } from '../support/reporting.ts';
import { startDevServer } from '../support/servers.ts';

const HOOK = 'PHASEGATE_TEST_STANDUP';

/** The board, as the Web UI shows it. */
async function boardOf(phase: PhaseHandle): Promise<string> {
  const { definition: _definition, currentDetails = '' } = await phase.workflow.query<{
    readonly definition: unknown;
    readonly currentDetails?: string;
  }>('__temporal_workflow_metadata');
  return currentDetails;
}

describe('a standup on demand', () => {
  // None on the calendar comes in between.
  const later = weekdays[(DateTime.now().setZone(ZONE).weekday + 2) % 7] ?? 'mon';
  const playbook = `calendars: { office: { zone: ${ZONE}, days: [${later}] } }
people:
  dana: { roles: [Stakeholder], agents: [Build Agent, Trial Agent] }
channels: []
communication:
  calendar: office
  audiences: { team: [{ webhook: { urlEnv: ${HOOK} } }, { file: team.jsonl }] }
  standups: { at: '09:30', to: [team] }
  reviews: { at: '15:00', milestones: true }
  documents: { What is in: { document: implementation-progress }, News: { document: issue-log } }
`;
  const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

  afterEach(() => {
    Reflect.deleteProperty(process.env, HOOK);
  });

  it('tells what people have said, and a webhook that is down holds up nothing; the board tells that it has failed', async () => {
    const receiver = await Receiver.start((response) => {
      response.statusCode = 500;
      response.end();
    });
    process.env[HOOK] = receiver.url;
    const clock = clockFrom(Date.now());
    try {
      await withWorker({ phases, publishClock: clock }, async ({ start, folders }) => {
        const phase = await start({ phase: 'small' });
        await phase.approve('entry', 'dana');
        await phase.approve('9.1/entry', 'dana');
        await phase.untilOnDesk('9.1/a1', 'complete');
        const words = { note: 'half way', done: 'the walls', blockers: 'no paint', next: 'the roof' };
        await phase.hear('progress', { task: '9.1/a1', by: 'dana', ...words });
        assert.equal((await phase.hear('standup', { by: 'nobody' })).code, 'UNKNOWN');
        assert.equal((await phase.hear('standup', { by: 'dana', id: 's1' })).code, 'ACCEPTED');
        assert.equal((await phase.hear('standup', { by: 'dana', id: 's1' })).code, 'DUPLICATE');
        await phase.until('the webhook was tried twice', async () => receiver.received.length >= 2);
        await phase.until('the file has it', async () => (await told(folders, 'team.jsonl')).length === 1);
        const [notice] = await told(folders, 'team.jsonl');
        for (const said of ['the walls', 'no paint', 'the roof'])
          assert.match(notice?.text ?? '', new RegExp(`9.1/a1, dana: ${said}`));
        await phase.complete('9.1/a1', 'dana');
        await phase.untilOnDesk('9.1/a2', 'complete');
        clock.time += 5 * HOUR;
        await phase.until('it is given up', async () => (await latestOf(phase)).standup === 'standup-extra-1');
        const { recent } = await phase.ledger();
        const entries = recent.filter(({ on }) => on === 'standup-extra-1').map(({ what, reason }) => [what, reason]);
        assert.deepEqual(entries, [
          ['standup', 'Extra standup, asked for by dana: in the records, and to team'],
          ['standup not delivered', `webhook ${HOOK}: The webhook of ${HOOK} answered with status 500.`],
        ]);
        assert.match(await boardOf(phase), /\*\*standup-extra-1 not delivered\*\* · webhook/);
        assert.equal((await told(folders, 'team.jsonl')).length, 1);
        await phase.workflow.terminate();
      });
    } finally {
      await receiver.stop();
    }
  });

  it('does not keep the phase from continuing as new when its channel fails just then', async function () {
    this.timeout(120_000);
    const env = await startDevServer(['limit.historyCount.suggestContinueAsNew=100']);
    const held: ServerResponse[] = [];
    const receiver = await Receiver.start((response) => {
      held.push(response);
    });
    process.env[HOOK] = receiver.url;
    const fail = (): void => {
      for (const response of held.splice(0)) {
        response.statusCode = 500;
        response.end();
      }
    };
    try {
      await withWorker({ env, phases, publishClock: clockFrom(Date.now()) }, async ({ start, client }) => {
        const phase = await start({ phase: 'small' });
        await phase.untilOpen('entry');
        await phase.hear('standup', { by: 'dana' });
        await phase.until('the webhook is asked', async () => held.length > 0);
        const first = client.workflow.getHandle(phase.id, phase.firstRunId);
        const isCancelled = async () =>
          ((await first.fetchHistory()).events ?? []).some((event) => event.activityTaskCancelRequestedEventAttributes);
        for (let sent = 0; sent < 60 && !(await isCancelled()); sent += 1) {
          await phase.hear('standup', { by: 'nobody' });
        }
        assert.ok(await isCancelled(), 'the phase wants to continue as new');
        // The attempt learns of its cancellation with a heartbeat, and its channel answers after that or before.
        fail();
        await phase.until('it has continued as new', async () => {
          fail();
          return (await phase.current.describe()).runId !== phase.firstRunId;
        });
        assert.equal((await phase.status()).state, 'waiting');
        await phase.current.terminate();
      });
    } finally {
      await receiver.stop();
    }
  });

  it('has documents written whose subject has changed, each with what has changed since the version before', async () => {
    await withWorker({ phases }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry', 'dana');
      await phase.approve('9.1/entry', 'dana');
      const documents = async () => {
        const { recent } = await phase.ledger();
        return recent.filter(({ what }) => what === 'document').map(({ reason }) => reason);
      };
      await phase.untilOnDesk('9.1/a1', 'complete');
      await phase.hear('standup', { by: 'dana' });
      await phase.until('both are written', async () => (await documents()).length === 2);
      assert.deepEqual((await documents()).toSorted(), [
        'Implementation progress: 0 of 2 milestones and 0 of 4 tasks done',
        'Issue resolution log: no issues',
      ]);
      await phase.complete('9.1/a1', 'dana');
      await phase.complete('9.1/a2', 'dana');
      for (const gate of ['9.1/exit', '9.1/quality']) await phase.approve(gate, 'dana');
      await phase.until('the milestone has its review', async () => (await latestOf(phase)).review === 'review-9.1');
      await phase.until('progress is written anew, and the log is not', async () => (await documents()).length >= 3);
      assert.equal((await documents()).at(-1), 'Implementation progress: 1 of 2 milestones and 2 of 4 tasks done');
      const versions = join(folders.recordsDir, phase.id, phase.firstRunId ?? '', 'reports', 'versions');
      const files = (await readdir(versions)).toSorted();
      assert.deepEqual(
        files.map((file) => file.replace(/-[0-9a-f]{12}\.md$/, '')),
        ['implementation-progress-1', 'implementation-progress-2', 'issue-log-1'],
      );
      const changes = await readFile(join(versions, files[1] ?? ''), 'utf8');
      assert.match(changes, /^# Implementation progress, version 2$/m);
      assert.match(changes, /^- \| 9\.1\/a2 \| .* \| (pending|waiting) \|/m);
      assert.match(changes, /^\+ \| 9\.1\/a2 \| .* \| done \| dana \|$/m);
      await phase.workflow.terminate();
    });
  });

  it('is refused where the playbook has no standups', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      assert.equal((await phase.hear('standup', { by: 'dana' })).code, 'REFUSED');
      await phase.workflow.terminate();
    });
  });
});
