import assert from 'node:assert/strict';
import fc from 'fast-check';
import { initialState, reduce } from '../../src/activities/slices.ts';
import type { GatesEvent } from '../../src/gates/events.ts';
import type { DeskItem, GatesState } from '../../src/gates/model.ts';
import { SOMEONE } from '../../src/views/commands.ts';
import { shownDesk, shownHolds } from '../../src/views/desk.ts';
import { shownGates } from '../../src/views/gates.ts';
import type { Criterion, Gate, GatePolicy } from '../../src/plan/gate-model.ts';
import type { People } from '../../src/plan/model.ts';
import { check, criterion } from '../gates/fixture.ts';

const RUNS = 3000;
const TASK = '4.1/a1';
const EXIT = '4.1/exit';
const names = ['ann', 'ben', 'cem'];
const roles = ['Stakeholder', 'Security Lead', 'Delivery Lead'];
/** Nobody holds it. */
const UNHELD = 'Ghost';

const someRoles = fc.subarray(roles);
const people: fc.Arbitrary<People> = fc
  .tuple(...names.map(() => fc.record({ roles: someRoles, agents: fc.subarray(['Build Agent', 'Test Agent']) })))
  .map((all) => Object.fromEntries(all.map((person, index) => [names[index] ?? '', person])));

const role = fc.constantFrom(...roles, UNHELD);
const rule = fc.record(
  { roles: role.map((one) => [one]), quorum: fc.integer({ min: 1, max: 2 }) },
  { requiredKeys: ['quorum'] },
);
const asked = fc.record({
  approval: fc.constantFrom('only', 'and', 'or', 'no'),
  approvers: fc.array(rule, { minLength: 1, maxLength: 2 }),
  ordered: fc.boolean(),
  onWarning: fc.option(role, { nil: undefined }),
});

const deadline: fc.Arbitrary<GatePolicy['deadline']> = fc.oneof(
  fc.constant(undefined),
  fc.constant({ after: 60, then: 'reject' } as const),
  role.map((to) => ({ after: 60, then: 'escalate', to }) as const),
);
const policy = fc
  .record({
    distinct: fc.subarray<'starter' | 'completers'>(['starter', 'completers']),
    distinctFrom: fc.subarray(['entry']),
    override: fc.option(fc.record({ role, review: role }), { nil: undefined }),
    deadline,
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined)) as GatePolicy);

const person = fc.constantFrom(...names);
const said = fc.record({
  name: fc.constantFrom('approve', 'waive', 'reject', 'override', 'withdraw'),
  by: person,
  criterion: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
});
const event = fc.oneof(
  said,
  fc.constant('deadline' as const),
  fc.record({
    found: fc.constantFrom('passed', 'failed', 'warned', 'inconclusive'),
    of: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({ held: fc.constantFrom('phase', EXIT, '4.1', TASK) }),
);

const scene = fc.record({
  people: fc.option(people, { freq: 6 }),
  operators: fc.option(fc.subarray([...roles, UNHELD])),
  starter: person,
  criteria: fc.array(asked, { minLength: 1, maxLength: 2 }),
  policy,
  entryBy: person,
  task: fc.record({ waits: fc.constantFrom('complete', 'input', 'blocked'), doneBy: fc.option(person) }),
  events: fc.array(event, { maxLength: 6 }),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** A phase that has come to its exit gate, and what was said there. */
function played({ people: listed, operators, starter, criteria, policy: stated, entryBy, task, events }: Scene) {
  const gates: Gate[] = [
    gate('entry', [criterion('entry', 1)]),
    gate(
      EXIT,
      criteria.map((one, index): Criterion => {
        const { onWarning, ...rest } = one;
        const id = `${EXIT}/${String(index + 1)}/met`;
        return criterion(EXIT, index + 1, {
          ...rest,
          checks: one.approval === 'only' ? [] : [check(id)],
          ...(onWarning === undefined ? {} : { onWarning }),
        });
      }),
      stated,
    ),
    gate('completion', [criterion('completion', 1)]),
  ];
  let at = 1000;
  let state = initialState({
    gates,
    tasks: {
      [TASK]: { agent: 'Build Agent', contributors: ['Test Agent'], milestone: '4.1', state: 'pending' },
      '4.1/b1': { agent: 'Test Agent', contributors: [], milestone: '4.1', state: 'pending' },
    },
    ...(listed === null ? {} : { people: listed }),
    ...(operators === null ? {} : { operators }),
    starter,
  });
  const apply = (one: GatesEvent) => {
    at += 1;
    ({ state } = reduce(state, one, at));
  };
  const { waits, doneBy } = task;
  const agents = waits === 'input' ? ['Test Agent'] : ['Build Agent'];
  const desk: DeskItem = { task: TASK, title: 'First', waits, agents, since: at };
  apply({ type: 'task', task: TASK, state: waits === 'blocked' ? 'blocked' : 'waiting', desk });
  if (doneBy !== null) {
    apply({
      type: 'task',
      task: '4.1/b1',
      state: 'waiting',
      desk: { ...desk, task: '4.1/b1', waits: 'complete', agents: ['Test Agent'] },
    });
    apply({ type: 'message', name: 'complete', body: { task: '4.1/b1', by: doneBy } });
  }
  apply({ type: 'open', gate: 'entry' });
  apply({ type: 'message', name: 'approve', body: { gate: 'entry', by: entryBy } });
  apply({ type: 'open', gate: EXIT });
  for (const one of events) {
    if (one === 'deadline') {
      at += 60_000;
      apply({ type: 'tick' });
    } else if ('held' in one) {
      const hold = { by: 'ann', at, reason: 'audit' };
      state = { ...state, slices: { holds: { [one.held]: hold } } };
    } else if ('found' in one) {
      apply({ type: 'check', gate: EXIT, round: 1, check: `${EXIT}/${String(one.of)}/met`, result: one.found });
    } else {
      const { name, by, criterion: number } = one;
      const body = { gate: EXIT, by, reason: 'so', ...(number === undefined ? {} : { criterion: number }) };
      apply({
        type: 'message',
        name,
        body: name === 'approve' || name === 'withdraw' ? without(body, 'reason') : body,
      });
    }
  }
  return { state, at };
}

function gate(id: string, criteria: readonly Criterion[], stated: GatePolicy = {}): Gate {
  const kind = id.slice(id.lastIndexOf('/') + 1) as Gate['kind'];
  return { id, kind, criteria, policy: stated, line: 1, ...(id.includes('/') ? { milestone: '4.1' } : {}) };
}

function without<T extends object>(value: T, key: keyof T): object {
  const { [key]: _left, ...rest } = value;
  return rest;
}

/** A command that is shown to people, and who is said to be able to send it: nobody by name where anyone may. */
interface Offer {
  readonly command: string | undefined;
  readonly who: readonly string[];
}

function offers(state: GatesState): Offer[] {
  const operators = Object.entries(state.people ?? {}).flatMap(([by, { roles: held }]) =>
    state.operators === null || held.some((one) => state.operators?.includes(one)) ? [by] : [],
  );
  return [
    ...shownGates(state, 'phase-4').flatMap(({ command, who = [], override, release, unmet }): Offer[] => [
      { command, who },
      { command: override?.command, who: override?.who ?? [] },
      { command: release, who: operators },
      ...unmet.flatMap((one): Offer[] => [
        { command: one.command, who: one.who },
        { command: one.waiver, who: one.waivers ?? [] },
      ]),
    ]),
    ...shownDesk(state, 'phase-4').flatMap(({ command, skip, who }): Offer[] => [
      { command, who },
      { command: skip, who: operators },
    ]),
    ...Object.values(shownHolds(state, 'phase-4')).map(({ release }): Offer => ({ command: release, who: operators })),
  ].filter(({ command }) => command !== undefined);
}

/** What becomes of a command when that person pastes it. */
function verdictOn(state: GatesState, command: string, by: string, at: number): string {
  const [, name = '', input = ''] = /--name (\w+) --input '(.*)'$/.exec(command) ?? [];
  const body = { ...(JSON.parse(input) as { by: string; reason?: string }), by };
  if (body.reason !== undefined) body.reason = 'so';
  const { verdict } = reduce(state, { type: 'message', name, body }, at + 1);
  return `${verdict?.code ?? ''} ${verdict?.reason ?? ''}`;
}

/** Who could speak for the second rule has spoken for the first. */
const takenInOrder: Scene = {
  people: {
    ann: { roles: ['Security Lead'], agents: [] },
    ben: { roles: ['Delivery Lead'], agents: [] },
    cem: { roles: [], agents: [] },
  },
  operators: null,
  starter: 'ann',
  criteria: [
    {
      approval: 'only',
      approvers: [{ quorum: 1 }, { roles: ['Delivery Lead'], quorum: 1 }],
      ordered: true,
      onWarning: undefined,
    },
  ],
  policy: { distinct: [], distinctFrom: [] },
  entryBy: 'ann',
  task: { waits: 'complete', doneBy: null },
  events: [{ name: 'approve', by: 'ben', criterion: undefined }],
};

describe('what is offered to people', () => {
  it('is accepted from everybody who is said to be able to send it', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const { state, at } = played(given);
        for (const { command = '', who } of offers(state)) {
          if (state.people !== null) assert.notDeepEqual(who, [], `${command} is for nobody`);
          const named = /"by":"([^"]*)"/.exec(command)?.[1];
          if (named !== SOMEONE) assert.deepEqual(who, [named]);
          for (const by of who.length === 0 ? ['guest'] : who) {
            assert.match(verdictOn(state, command, by, at), /^ACCEPTED/, `${by}: ${command}`);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('leaves out no approval that would count, and says so where none can', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const { state, at } = played(given);
        const [shown] = shownGates(state, 'phase-4').filter((one) => one.gate === EXIT && one.state === 'open');
        if (shown === undefined || state.people === null) return;
        for (const { number, approval, who, needs, command, waiver } of shown.unmet) {
          const able = names.filter((by) => {
            const body = { gate: EXIT, criterion: number, by };
            return reduce(state, { type: 'message', name: 'approve', body }, at + 1).verdict?.code === 'ACCEPTED';
          });
          if (able.length > 0) assert.deepEqual(who, able);
          const isEscalated = state.gates[EXIT]?.deadline !== undefined;
          const isHelped = command !== undefined || waiver !== undefined || shown.stuck !== undefined || isEscalated;
          // Its checks may pass yet.
          const isAlone = needs !== '' && approval !== 'or';
          assert.ok(!isAlone || isHelped, `criterion ${String(number)} waits for ${needs}, and nobody is told`);
        }
      }),
      { numRuns: RUNS, examples: [[takenInOrder]] },
    );
  });
});
