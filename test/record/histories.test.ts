import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/sandbox/paths.ts';
import type { RecordIndex } from '../../src/record/record-index.ts';
import { readRuns } from '../../src/record/files.ts';
import { runScript } from '../scripts/run-script.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import type { Value } from './forged-events.ts';
import { verify } from '../support/verify.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});

interface History {
  readonly events: Value[];
}

describe('the histories of a record', function () {
  this.timeout(90_000);
  let original: string;
  let folder: string;
  let foreign: string;

  before(async () => {
    original = await mkdtemp(join(tmpdir(), 'phasegate-histories-'));
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async (harness) => {
      const records = await Promise.all(
        ['small', 'small'].map(async (name) => {
          const phase = await harness.start({ phase: name });
          for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
          for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task);
          for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
          await phase.workflow.result();
          const { where } = (await phase.archive().result()) as { where: string };
          return join(harness.folders.recordsDir, where);
        }),
      );
      const [mine = '', others = ''] = records;
      await cp(mine, join(original, 'record'), { recursive: true });
      const { file } = entryOf(await indexIn(others), 'milestone');
      foreign = await readFile(join(others, file), 'utf8');
    });
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-histories-'));
    await cp(join(original, 'record'), folder, { recursive: true });
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));
  after(() => rm(original, { recursive: true, force: true }));

  it('are those of the phase and of its milestones, each with the ends that the phase tells of', async () => {
    const found = await verify(await readRuns([folder]));
    assert.ok('milestones' in found, JSON.stringify(found));
    assert.deepEqual(found.milestones, { seen: 1, missing: [] });
  });

  const changes: readonly (readonly [string, 'phase' | 'milestone', (history: History) => Value[], RegExp])[] = [
    [
      'a phase whose history is cut',
      'phase',
      ({ events }) => events.slice(0, -1),
      /has not ended, or its history is cut/,
    ],
    ['a phase that still runs', 'phase', ({ events }) => events.slice(0, 60), /has not ended, or its history is cut/],
    ['an event that was taken out', 'phase', ({ events }) => events.toSpliced(20, 1), /event 22 stands where event 21/],
    [
      'a time that goes back',
      'phase',
      ({ events }) =>
        events.map((event) =>
          'timerStartedEventAttributes' in event || 'upsertWorkflowSearchAttributesEventAttributes' in event
            ? earlier(event)
            : event,
        ),
      /is older than what came before it/,
    ],
    ['a milestone whose history is cut', 'milestone', ({ events }) => events.slice(0, -3), /milestone has not ended/],
    [
      'an event of a milestone that was taken out',
      'milestone',
      ({ events }) => events.toSpliced(9, 1),
      /event 11 stands/,
    ],
    [
      'a milestone with another result',
      'milestone',
      ({ events }) =>
        events.map((event, at) => (at === events.length - 1 ? inPayloads(event, '"done"', '"skipped"') : event)),
      /the end has another result than the workflow gives it/,
    ],
    [
      'a milestone that was given something else',
      'milestone',
      ({ events }) =>
        events.map((event, at) => (at === 0 ? inPayloads(event, '"readAnew":[]', '"readAnew":["9.1/z9"]') : event)),
      /what it was given is not what the phase gave it/,
    ],
    [
      'a milestone of another phase',
      'milestone',
      () => (JSON.parse(foreign) as History).events,
      /of another phase|missing/,
    ],
  ];
  for (const [name, type, change, told] of changes) {
    it(`show ${name}`, async () => {
      await rewrite(folder, type, (text) => JSON.stringify({ events: change(JSON.parse(text) as History) }));
      await assert.rejects(
        async () => {
          const found = await verify(await readRuns([folder]));
          if ('reason' in found) throw new Error(`${found.where}: ${found.reason}`);
        },
        (error: Error) => told.test(error.message) || assert.fail(error.message),
      );
    });
  }

  it('may be given without those of the milestones, which is told', async () => {
    const { file } = entryOf(await indexIn(folder), 'phase');
    const found = await verify(await readRuns([join(folder, file)]));
    assert.ok('milestones' in found, JSON.stringify(found));
    assert.deepEqual([found.milestones.seen, found.milestones.missing.length], [0, 1]);
  });

  it('are not those of a milestone of another phase beside it', async () => {
    const { file } = entryOf(await indexIn(folder), 'phase');
    const stray = join(original, 'stray.json');
    await writeFile(stray, foreign);
    const found = await verify(await readRuns([join(folder, file), stray]));
    assert.ok('reason' in found, 'nothing was found');
    assert.match(found.reason, /it is a milestone of another phase/);
  });

  it('are given once', async () => {
    const path = join(folder, entryOf(await indexIn(folder), 'phase').file);
    await assert.rejects(readRuns([path, path]), /this is the history of phase p-.* once more/);
  });

  const indexes: readonly (readonly [string, (index: RecordIndex) => unknown, RegExp])[] = [
    [
      'that names another run',
      (index) => ({ ...index, phase: { ...index.phase, runId: 'x' } }),
      /names a run of the phase/,
    ],
    ['that counts other events', changed('events', 3), /the index says events 3, and the history \d+/],
    [
      'that names another workflow',
      changed('workflowId', 'other'),
      /index says workflowId other|names a run of the phase/,
    ],
    ['that says another type', changed('type', 'phase'), /the index says type phase, and the history milestone/],
    ['of another shape', () => ({ format: 1 }), /it is no index of a record: phase/],
    [
      'that names a file elsewhere',
      changed('file', '../../etc/passwd'),
      /it is no index of a record: histories\.\d\.file/,
    ],
  ];
  for (const [name, change, told] of indexes) {
    it(`are not read with an index ${name}`, async () => {
      await writeFile(join(folder, 'index.json'), JSON.stringify(change(await indexIn(folder))));
      await assert.rejects(readRuns([folder]), told);
    });
  }

  it('are all that lies in its folder', async () => {
    await writeFile(join(folder, 'more.json'), foreign);
    await assert.rejects(readRuns([folder]), { message: `${folder}/more.json: the index does not name it` });
  });

  it('are told from what lies beside them, which a shell may have named', async () => {
    const handover = join(root, 'phases/phase-4/handover/phase-3.json');
    await assert.rejects(readRuns([folder, handover]), {
      message: `${handover}: this is a hand-over and no history; give the folder of the record alone`,
    });
    await assert.rejects(readRuns([join(folder, 'index.json')]), /this is the index of a record and no history/);
  });

  it('are refused by the command in one sentence', async () => {
    await writeFile(join(folder, 'index.json'), '{');
    const { code, stderr } = await runScript('verify', [folder]);
    assert.equal(code, 1);
    assert.match(stderr.trim(), /^[^\n]*index\.json: it is not JSON[^\n]*$/);
  });

  it('are compared by the command with a head from elsewhere', async () => {
    const found = await verify(await readRuns([folder]));
    assert.ok('head' in found, JSON.stringify(found));
    const same = await runScript('verify', [folder, '--head', found.head]);
    assert.equal(same.code, 0, same.stderr);
    assert.match(same.stdout, /head: the one given, which covers all entries/);
    const other = await runScript('verify', [folder, '--head', '0'.repeat(64)]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /the head given: no entry of this ledger has this hash/);
    const { stderr } = await runScript('verify', [folder, '--head', 'x']);
    assert.match(stderr, /64 hexadecimal digits/);
  });
});

function changed(key: string, value: unknown): (index: RecordIndex) => unknown {
  return (index) => ({
    ...index,
    histories: index.histories.map((one) => (one.type === 'milestone' ? { ...one, [key]: value } : one)),
  });
}

async function indexIn(folder: string): Promise<RecordIndex> {
  return JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as RecordIndex;
}

function entryOf(index: RecordIndex, type: string): RecordIndex['histories'][number] {
  const found = index.histories.find((one) => one.type === type);
  if (found === undefined) throw new Error(`no ${type} in the index`);
  return found;
}

/** Writes a history anew, under the name and with the count that its bytes have then. */
async function rewrite(folder: string, type: string, change: (text: string) => string): Promise<void> {
  const index = await indexIn(folder);
  const entry = entryOf(index, type);
  const text = change(await readFile(join(folder, entry.file), 'utf8'));
  const file = `${createHash('sha256').update(text).digest('hex')}.json`;
  await rm(join(folder, entry.file));
  await writeFile(join(folder, file), text);
  const { events } = JSON.parse(text) as History;
  const start = events[0]?.['workflowExecutionStartedEventAttributes'] as Value;
  const named = {
    ...entry,
    file,
    events: events.length,
    workflowId: String(start['workflowId']),
    runId: String(start['originalExecutionRunId']),
  };
  const histories = index.histories.map((one) => (one === entry ? named : one));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ ...index, histories }));
}

function inPayloads(event: Value, from: string, to: string): Value {
  return JSON.parse(
    JSON.stringify(event, (key, value: unknown) =>
      key === 'data' && typeof value === 'string'
        ? Buffer.from(Buffer.from(value, 'base64').toString().replaceAll(from, to)).toString('base64')
        : value,
    ),
  ) as Value;
}

function earlier(event: Value): Value {
  return { ...event, eventTime: new Date(Date.parse(String(event['eventTime'])) - 3_600_000).toISOString() };
}
