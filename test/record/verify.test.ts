import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import type { RecordIndex } from '../../src/record/record-index.ts';
import { weekdays } from '../../src/calendar/calendar.ts';
import { readRuns } from '../../src/record/files.ts';
import { readHistory } from '../../src/record/history.ts';
import { withWorker } from '../support/harness.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { Forger } from './forger.ts';
import { verify } from '../support/verify.ts';

const playbook = `people:
  dana: { roles: [Stakeholder] }
  omar: { roles: [Stakeholder, Security Lead], agents: [Build Agent] }
  lee: { roles: [Delivery Lead] }
operators: [Delivery Lead]
policy: { distinct: [starter] }
gates:
  entry: { 1: { approve: { role: Stakeholder, quorum: 2 } } }
milestones:
  '9.1':
    quality: { policy: { wait: 1s, soak: 1s }, 1: { check: { met: ready }, approve: Stakeholder, ttl: 1h } }
    exit: { policy: { override: { role: Delivery Lead, review: Security Lead } }, 1: { approve: Stakeholder } }
`;

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };

/** Open on one day of the week, which is three days away. */
const day = weekdays[(new Date().getUTCDay() + 2) % 7];
const never = { name: 'never', zone: 'UTC', days: [day], from: '00:00', to: '00:01', holidays: [] };

/** A JSON history whose text can be changed before it is read. */
type Tamper = (text: string) => string;

describe('the record of a phase', () => {
  let folder: string;
  let text: string;
  let handover: string;

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'phasegate-record-'));
    const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
    const { met } = new Bench();
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    await withWorker({ phases, checks: [met] }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'lee' });
      await phase.untilOpen('entry');
      await phase.signal('approve', { gate: 'entry', by: 'mallory' });
      await phase.signal('aprove', { gate: 'entry', by: 'dana' });
      await phase.signal('approve', { gate: 'entry', by: 'dana', note: 'seen' });
      await phase.signal('approve', { gate: 'entry', by: 'omar' });
      await phase.untilOpen('9.1/entry');
      await phase.signal('approve', { gate: '9.1/entry', by: 'dana' });
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'omar');
      await phase.untilOpen('9.1/exit');
      await phase.signal('override', { gate: '9.1/exit', by: 'lee', reason: 'outage' });
      await phase.untilOpen('9.1/quality');
      await phase.until('the check has passed', async () => {
        const [gate] = (await phase.gates()).gates;
        return gate?.unmet[0]?.checks[0]?.state === 'passed';
      });
      await phase.signal('approve', { gate: '9.1/quality', by: 'omar' });
      await phase.untilOpen('completion');
      await phase.say('approve', { gate: 'completion', by: 'dana' });
      await phase.workflow.result();
      const archived = harness.client.workflow.getHandle(`${phase.workflow.workflowId}:archive`);
      const { where } = (await archived.result()) as { where: string };
      await cp(join(harness.folders.recordsDir, where), folder, { recursive: true });
      handover = await readFile(join(harness.folders.recordsDir, `${where}.json`), 'utf8');
    });
    text = await phaseHistory(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('holds from the record alone: chain, messages, heads, policy', async () => {
    const found = await verify(await readRuns([folder]));
    assert.ok(!('reason' in found), JSON.stringify(found));
    assert.equal(found.messages, 10);
    assert.equal(found.gates, 4);
    assert.deepEqual(found.overridden, [{ gate: '9.1/exit', by: 'lee' }]);
    assert.ok(found.compared > 20, String(found.compared));
    assert.match(found.workflowId, /^p-/);
    assert.equal(found.handover, 'absent');
  });

  it('holds together with the hand-over that the phase has written, and with no other', async () => {
    const runs = await readRuns([folder]);
    const found = await verify(runs, { handover });
    assert.ok('handover' in found, JSON.stringify(found));
    assert.equal(found.handover, 'as written');
    const changed = await verify(runs, { handover: handover.replace('approved by dana', 'approved by omar') });
    assert.deepEqual(changed, { where: 'the hand-over', reason: 'it is not the document that the phase wrote' });
  });

  it('shows that the history of a milestone is missing', async () => {
    const index = await indexOf(folder);
    const milestone = index.histories.find(({ type }) => type === 'milestone');
    const less = { ...index, histories: index.histories.filter((one) => one !== milestone) };
    const path = join(folder, 'index.json');
    await writeFile(path, JSON.stringify(less));
    await assert.rejects(readRuns([folder]), /the history of .*:9\.1 \(run .*\) is missing/);
    await writeFile(path, JSON.stringify(index));
  });

  const tampers: readonly (readonly [string, Tamper, RegExp])[] = [
    ['a message that was changed', inPayloads('"note":"seen"', '"note":"sEen"'), /no history holds this message/],
    [
      'a message sent by another',
      inPayloads('"gate":"entry","by":"dana","note"', '"gate":"entry","by":"omar","note"'),
      /no history/,
    ],
    [
      'an entry that was re-attributed',
      inEntries((entry) => (entry.by === 'dana' ? { ...entry, by: 'omar' } : entry)),
      /hash/,
    ],
    ['an entry that was dropped', dropEntry(4), /missing/],
    ['a message that was dropped', dropEvent((event) => payloadsOf(event).includes('mallory')), /no history holds/],
    ['a message that was added', addMessage(), /not in the ledger/],
    [
      'a policy that was sharper than what was done',
      sealed(inPayloads('"quorum":2', '"quorum":3')),
      /entry cleared although entry\/1 was not met/,
    ],
    ['a gate that cleared before its time', sealed(inPayloads('"wait":1', '"wait":60')), /before it had been open/],
    [
      'a gate that cleared before its soak time',
      sealed(inPayloads('"soak":1', '"soak":60')),
      /before everything had held/,
    ],
    [
      'a gate that cleared on a pass that was too old',
      sealed(inPayloads('"lifetime":3600', '"lifetime":-1')),
      /9\.1\/quality\/1\/met that was too old/,
    ],
    [
      'a gate that cleared outside of its window',
      sealed(inPayloads('"wait":1', `"wait":1,"window":${JSON.stringify(never)}`)),
      /cleared outside of never/,
    ],
    [
      'a policy that was less than what was asked',
      inPayloads('"quorum":2', '"quorum":1'),
      /the compiled plan in the history is not the one that it names/,
    ],
    ['another starter', inPayloads('"by":"lee","phase":"small"', '"by":"mia","phase":"small"'), /the start's input/],
    [
      'people of a round who were others',
      inPayloads('"listed":{"people":{', '"listed":{"people":{"eve":{"agents":[],"roles":["Stakeholder"]},'),
      /people or times of this round/,
    ],
    [
      'an entry that is older than its message',
      inEvents(later, 'workflowExecutionSignaledEventAttributes'),
      /older than/,
    ],
    ['an entry that is younger than its recording', inEvents(earlier, 'markerRecordedEventAttributes'), /younger than/],
    [
      'a head that is another',
      inPayloads(/"head":"[0-9a-f]{64}"/, `"head":"${'0'.repeat(64)}"`),
      /head written down here/,
    ],
  ];
  for (const [name, tamper, told] of tampers) {
    it(`shows ${name}`, async () => {
      const changed = tamper(text);
      assert.notEqual(changed, text);
      const read = readHistory(changed);
      assert.ok('events' in read);
      const found = await verify({ phase: [read.events], milestones: [] });
      assert.ok('reason' in found, 'nothing was found');
      assert.match(found.reason, told);
    });
  }

  it('shows a file that was changed, by its name', async () => {
    const [file = ''] = (await readdir(folder)).filter((name) => name !== 'index.json');
    const path = join(folder, file);
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.replace('a', 'b'));
    await assert.rejects(readRuns([folder]), /has been changed/);
    await writeFile(path, before);
  });
});

async function indexOf(folder: string): Promise<RecordIndex> {
  return JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as RecordIndex;
}

async function phaseHistory(folder: string): Promise<string> {
  const index = await indexOf(folder);
  const phase = index.histories.find(({ type }) => type === 'phase');
  return readFile(join(folder, phase?.file ?? ''), 'utf8');
}

/** Changes what payloads hold, wherever it stands. */
function inPayloads(from: string | RegExp, to: string): Tamper {
  return (text) => eachPayload(text, (data) => data.replace(from, to));
}

/** With every digest that the ledger holds to match: what a policy says shows only then. */
function sealed(tamper: Tamper): Tamper {
  return (text) => new Forger(tamper(text)).text();
}

function inEntries(change: (entry: LedgerEntry) => LedgerEntry): Tamper {
  return inLedger((entries) => entries.map(change));
}

function dropEntry(number: number): Tamper {
  return inLedger((entries) => entries.filter((entry) => entry.number !== number));
}

/** Changes entries where they were recorded, and in the phase's result. */
function inLedger(change: (entries: readonly LedgerEntry[]) => LedgerEntry[]): Tamper {
  return (text) =>
    eachPayload(text, (data) => {
      const value = JSON.parse(data) as { ledger?: readonly LedgerEntry[] | { last?: readonly LedgerEntry[] } } | null;
      const { ledger = {} } = value ?? {};
      if ('map' in ledger) return JSON.stringify({ ...value, ledger: change(ledger) });
      return ledger.last ? JSON.stringify({ ...value, ledger: { ...ledger, last: change(ledger.last) } }) : data;
    });
}

/** Moves the times of all events of a kind. */
function inEvents(move: (time: number) => number, kind: string): Tamper {
  return (text) => {
    const history = JSON.parse(text) as Json;
    const events = history.events.map((event) => {
      if (!(kind in event)) return event;
      return { ...event, eventTime: new Date(move(Date.parse(String(event['eventTime'])))).toISOString() };
    });
    return JSON.stringify({ events });
  };
}

function later(time: number): number {
  return time + 3_600_000;
}

function earlier(time: number): number {
  return time - 3_600_000;
}

interface Json {
  events: { [key: string]: unknown }[];
}

function dropEvent(isMeant: (event: object) => boolean): Tamper {
  return (text) => {
    const history = JSON.parse(text) as Json;
    const at = history.events.findIndex(
      (event) => 'workflowExecutionSignaledEventAttributes' in event && isMeant(event),
    );
    return JSON.stringify({ events: counted(history.events.toSpliced(at, 1)) });
  };
}

/** The first message once more, with words that nobody has sent. */
function addMessage(): Tamper {
  return (text) => {
    const history = JSON.parse(text) as Json;
    const at = history.events.findIndex((event) => 'workflowExecutionSignaledEventAttributes' in event);
    const forged = eachPayload(JSON.stringify(history.events[at]), (data) => data.replace('mallory', 'dana'));
    return JSON.stringify({
      events: counted(history.events.toSpliced(at, 0, JSON.parse(forged) as Json['events'][number])),
    });
  };
}

/** Numbered anew, as whoever changes a history would. */
function counted(events: Json['events']): Json['events'] {
  return events.map((event, index) => ({ ...event, eventId: String(index + 1) }));
}

function eachPayload(text: string, change: (data: string) => string): string {
  return JSON.stringify(
    JSON.parse(text, (key, value: unknown) => {
      if (key !== 'data' || typeof value !== 'string' || value === '') return value;
      const data = Buffer.from(value, 'base64').toString('utf8');
      if (!data.startsWith('{')) return value;
      return Buffer.from(change(data)).toString('base64');
    }),
  );
}

function payloadsOf(event: object): string {
  return Object.values(JSON.parse(JSON.stringify(event)) as object)
    .flatMap(
      (attributes) => (attributes as { input?: { payloads?: { data: string }[] } } | undefined)?.input?.payloads ?? [],
    )
    .map(({ data }) => Buffer.from(data, 'base64').toString('utf8'))
    .join('\n');
}
