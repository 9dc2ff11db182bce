import assert from 'node:assert/strict';
import fc from 'fast-check';
import { digestOf } from '../../src/base/digest.ts';
import type { GatesEvent } from '../../src/gates/events.ts';
import { messages, reduce } from '../../src/activities/slices.ts';
import { decisionMessages } from '../../src/gates/messages/decisions.ts';
import type { Gate } from '../../src/plan/gate-model.ts';
import type { Plan } from '../../src/plan/model.ts';
import { policyFault } from '../../src/record/replay.ts';
import type { Recording } from '../../src/record/recording.ts';
import { Walk } from '../../src/record/walk.ts';
import { gates, people } from '../gates/fixture.ts';

const [entry, milestoneEntry, exit, quality, completion] = gates as [Gate, Gate, Gate, Gate, Gate];
const kept: Gate = { ...milestoneEntry, policy: { early: 'keep', override: { role: 'Stakeholder', review: 'Guest' } } };
const plan = {
  people,
  operators: ['Delivery Lead'],
  gates: { entry, completion },
  milestoneDependencies: [],
  milestones: [
    {
      number: '4.1',
      gates: { entry: kept, exit, quality },
      lanes: [
        { id: '4.1/1', tasks: [{ ref: '4.1/a1', agent: 'Build Agent', contributors: ['Monitoring Agent'], tags: [] }] },
      ],
    },
  ],
} as unknown as Plan;

const person = fc.constantFrom(...Object.keys(people), 'nobody');
const gate = fc.constantFrom(...gates.map(({ id }) => id));
const reason = fc.option(fc.constant('because'), { nil: undefined });
const body = fc.oneof(
  fc.record({
    gate,
    by: person,
    criterion: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    subject: fc.option(fc.constant('another'), { nil: undefined, freq: 9 }),
    reason,
  }),
  fc.record({ task: fc.constant('4.1/a1'), by: person, reason }),
  fc.record({ on: fc.constantFrom('phase', '4.1', '4.1/1', '4.1/exit', '4.1/a1'), by: person, reason }),
);
const checks = exit.criteria.flatMap((one) => one.checks.map(({ id }) => id));
const event: fc.Arbitrary<GatesEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('message' as const),
      name: fc.constantFrom<string>(...Object.keys(decisionMessages), ...Object.keys(messages)),
      body,
    }),
  },
  { weight: 3, arbitrary: gate.map((id): GatesEvent => ({ type: 'open', gate: id, nonce: 'one' })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...checks), fc.constantFrom('passed', 'failed', 'warned'), fc.constantFrom('a', 'b'))
      .map(([check, result, where]): GatesEvent => ({
        type: 'check',
        gate: '4.1/exit',
        round: 1,
        check,
        result: result as 'passed',
        evidence: [where],
      })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('waiting', 'blocked', 'done', 'pending').map((state): GatesEvent => ({
      type: 'task',
      task: '4.1/a1',
      state: state as 'waiting',
      desk: { task: '4.1/a1', title: '', waits: 'complete', agents: [], since: 0 },
    })),
  },
);

describe('what the gates have made of any sequence', () => {
  it('is judged the same again', () => {
    let counted = 0;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const start = new Walk(plan, { input: { phase: 'p', by: 'lee' }, rounds: new Map() }).state;
        const { ledger } = events.reduce((state, one, index) => reduce(state, one, 1000 + index).state, start);
        counted += ledger.recent.filter(({ what }) => what === 'cleared').length;
        assert.equal(policyFault(ledger.recent, recordingOf(events)), undefined);
      }),
      { numRuns: 10_000 },
    );
    assert.ok(counted > 1000, String(counted));
  });
});

function recordingOf(events: readonly GatesEvent[]): Recording {
  const messages = events.flatMap((one) => {
    return one.type === 'message'
      ? [{ event: 0, name: one.name, body: one.body, digest: digestOf([one.name, one.body]) }]
      : [];
  });
  return {
    compiled: { plan, findings: 0, blocking: [], searchAttributes: false },
    input: { phase: 'p', by: 'lee' },
    messages,
    proofs: new Map(),
    rounds: new Map(),
    resets: 0,
  } as unknown as Recording;
}
