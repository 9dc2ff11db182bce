import assert from 'node:assert/strict';
import { PermanentError } from '../../../src/base/errors.ts';
import { sha256 } from '../../../src/base/digest.ts';
import type { Publication } from '../../../src/gates/events.ts';
import type { Published } from '../../../src/activities/standups/publish.ts';
import type { RecordStore } from '../../../src/store/store.ts';
import { HOUR, NOW, request, World } from './fixture.ts';

const office = {
  name: 'office',
  zone: 'Europe/Berlin',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '17:00',
  holidays: [],
} as const;
const calendar = { ...office, days: [...office.days], holidays: [] as string[] };

function publication(done: Published): Publication {
  assert.ok('id' in done, JSON.stringify(done));
  return done;
}

/** Records whose use fails as soon as it has been used so often, as if the process ended there. */
function dying(records: RecordStore, after: number): { readonly store: RecordStore; readonly isDead: () => boolean } {
  let left = after;
  const live = <T>(action: () => Promise<T>): Promise<T> => {
    left -= 1;
    return left < 0 ? Promise.reject(new Error('killed')) : action();
  };
  return {
    isDead: () => left < 0,
    store: {
      ...records,
      write: (path, text) => live(() => records.write(path, text)),
      read: (path) => live(() => records.read(path)),
    },
  };
}

describe('publishing a standup', () => {
  it('waits until it is due, on the working day of the calendar or on the plan day', async () => {
    const world = new World();
    const when = { after: NOW, at: '09:30' };
    assert.deepEqual(await world.publish(request({ when, calendar })), {
      waitMs: 20.5 * HOUR,
      why: 'standup-2026-12-01 is due 2026-12-01T08:30:00.000Z',
    });
    const weekly = await world.publish(request({ kind: 'review', when: { ...when, on: 'fri' }, calendar }));
    assert.deepEqual(weekly, { waitMs: 24 * HOUR, why: 'review-2026-12-04 is due 2026-12-04T08:30:00.000Z' });
    const planned = { after: NOW, began: NOW - 1_000, every: 3 };
    assert.deepEqual(await world.publish(request({ when: planned, pace: 'planned', dayMs: 2_000 })), {
      waitMs: 5_000,
      why: 'standup-day-3 is due 2026-11-30T12:00:05.000Z',
    });
    assert.equal(world.records.files.size, 0);
  });

  it('writes the document, tells each channel of its audiences once, and says what it has told', async () => {
    const world = new World();
    world.audiences = { team: [{ file: 'team.jsonl' }], lead: [{ file: 'lead.jsonl' }, { file: 'team.jsonl' }] };
    const done = publication(await world.publish(request({ to: ['team', 'lead'] })));
    const text = world.document('standup-extra-1');
    assert.deepEqual(done.evidence, { where: 'p/run/communication/standup-extra-1.md', sha256: sha256(text) });
    assert.deepEqual(done.told, { over: ['9.1/a1'], words: 0, decision: 7 });
    assert.deepEqual(
      world.delivered.map(({ channel, notice }) => [channel, notice.id, notice.title]),
      [
        [{ file: 'team.jsonl' }, 'run-standup-extra-1', 'p: Extra standup, asked for by dana'],
        [{ file: 'lead.jsonl' }, 'run-standup-extra-1', 'p: Extra standup, asked for by dana'],
      ],
    );
    assert.deepEqual(await world.publish(request({ to: ['team', 'lead'] })), done, 'a second attempt finds it');
    assert.equal(world.delivered.length, 2);
  });

  it('ends the same wherever it is killed on the way, and no channel has it twice that was noted', async () => {
    const whole = new World();
    const two = { team: [{ file: 'a.jsonl' }, { file: 'b.jsonl' }] };
    whole.audiences = two;
    const expected = await whole.publish(request());
    let kills = 0;
    for (let after = 0; ; after += 1, kills += 1) {
      const world = new World();
      world.audiences = two;
      const { store, isDead } = dying(world.records, after);
      await world.publish(request(), { records: store }).catch(() => undefined);
      const before = world.delivered.length;
      if (!isDead()) break;
      assert.deepEqual(await world.publish(request()), expected);
      assert.deepEqual(world.records.files, whole.records.files);
      const files = world.delivered.map(({ channel }) => ('file' in channel ? channel.file : ''));
      assert.deepEqual([...new Set(files)], ['a.jsonl', 'b.jsonl']);
      // Only what was delivered just before the kill is delivered again, under the same id.
      assert.ok(world.delivered.length <= (before === 0 ? 2 : 3), files.join());
    }
    assert.equal(kills, 5, 'killed at each use of the records');
  });

  it('is drawn anew after a reset, and not after the phase has continued as new', async () => {
    const world = new World();
    const told = async (runId: string, before?: string) => {
      const phase = { name: 'phase-9', workflowId: 'p', runId, firstRunId: 'run' };
      return publication(await world.publish(request({ phase, ...(before === undefined ? {} : { before }) }))).told;
    };
    const first = await told('run');
    // The ledger is shorter than it was, or has other entries.
    world.view = { ...world.view, known: { words: 0, decision: 3 } };
    assert.deepEqual(await told('next', 'run'), first);
    assert.equal(world.delivered.length, 1);
    assert.deepEqual(await told('reset'), { ...first, decision: 3 });
    assert.equal(world.delivered.length, 2);
  });

  it('is attempted again where a channel fails, gives it up in the end, and tells which has refused it', async () => {
    const world = new World();
    world.audiences = { team: [{ file: 'good.jsonl' }, { file: 'down.jsonl' }, { file: 'gone.jsonl' }] };
    world.refuse = (channel) => {
      if ('file' in channel && channel.file === 'down.jsonl') throw new Error('answered with status 500');
      if ('file' in channel && channel.file === 'gone.jsonl') throw new PermanentError('answered with status 404');
    };
    const waits: number[] = [];
    let done = await world.publish(request());
    for (; 'waitMs' in done; done = await world.publish(request())) {
      assert.match(done.why, /^file down\.jsonl: answered with status 500$/);
      waits.push(done.waitMs);
      world.now += done.waitMs;
    }
    assert.deepEqual(
      waits.slice(0, 9),
      [5, 10, 20, 40, 80, 160, 320, 600, 600].map((seconds) => seconds * 1000),
    );
    assert.ok(world.now - NOW >= 4 * HOUR && world.now - NOW < 4.2 * HOUR);
    assert.deepEqual(publication(done).undelivered, [
      'file gone.jsonl: answered with status 404',
      'file down.jsonl: answered with status 500',
    ]);
    assert.equal(world.delivered.length, 1);
  });

  it('publishes what was due while no worker ran, one after the other, up to a week of it', async () => {
    const world = new World();
    const published: string[] = [];
    let after = NOW - 30 * 24 * HOUR;
    for (;;) {
      const done = await world.publish(request({ when: { after, at: '09:30' }, calendar }));
      if (!('id' in done)) break;
      published.push(done.id);
      after = done.due ?? 0;
    }
    assert.deepEqual(
      published,
      ['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-30'].map((day) => `standup-${day}`),
    );
    assert.match(world.document('standup-2026-11-26'), /It was due 2026-11-26 09:30 Europe\/Berlin, and no worker ran/);
  });
});
