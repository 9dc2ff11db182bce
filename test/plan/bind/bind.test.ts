import assert from 'node:assert/strict';
import { bound, criterionOf, findingsIn, places, planText, taskOf } from '../bind-fixture.ts';
import { compile } from '../document-text.ts';
import type { Criterion } from '../../../src/plan/gate-model.ts';

const inBuild = (tasks: string) => `${places}milestones:\n  '9.1':\n    tasks:\n${tasks}`;

describe('binding tasks', () => {
  it('makes a step for each stack and environment', () => {
    const { steps } = taskOf(
      bound(inBuild('      a1: { stacks: [network, keys], covers: [Create the network] }')),
      '9.1/a1',
    );
    assert.deepEqual(
      steps.map(({ id, kind, environment, publishes }) => [id, kind, environment, publishes]),
      [
        ['9.1/a1/network/dev', 'stacks', 'dev', 'stacks.network'],
        ['9.1/a1/network/prod', 'stacks', 'prod', 'stacks.network'],
        ['9.1/a1/keys/dev', 'stacks', 'dev', 'stacks.keys'],
        ['9.1/a1/keys/prod', 'stacks', 'prod', 'stacks.keys'],
      ],
    );
  });

  it('gives an environment only where one is chosen', () => {
    const plan = bound(inBuild('      a1: { stacks: [network], environments: [prod] }'));
    assert.deepEqual(
      taskOf(plan, '9.1/a1').steps.map(({ id }) => id),
      ['9.1/a1/network/prod'],
    );
  });

  it('lets the environments of a step prevail over those of its task', () => {
    const plan = bound(
      inBuild(`      a1:
        environments: [prod]
        steps: [{ stacks: [network] }, { stacks: [keys], environments: [dev] }]`),
    );
    assert.deepEqual(
      taskOf(plan, '9.1/a1').steps.map(({ id }) => id),
      ['9.1/a1/network/prod', '9.1/a1/keys/dev'],
    );
  });

  it('has every step of an entry wait for all of the entry before', () => {
    const plan = bound(
      inBuild(`      a1:
        steps:
          - { stacks: [network], covers: [Create the network] }
          - { stacks: [keys], environments: [dev], covers: [Create the keys] }
          - { command: [node, check.mjs] }`),
    );
    const { steps, covers } = taskOf(plan, '9.1/a1');
    assert.deepEqual(
      steps.map(({ id, needs }) => [id, needs]),
      [
        ['9.1/a1/network/dev', []],
        ['9.1/a1/network/prod', []],
        ['9.1/a1/keys/dev', ['9.1/a1/network/dev', '9.1/a1/network/prod']],
        ['9.1/a1', ['9.1/a1/keys/dev']],
      ],
    );
    assert.deepEqual(covers, [1, 2]);
  });

  it('tells steps of the same name apart by a counter', () => {
    const { steps } = taskOf(
      bound(
        inBuild('      a1: { steps: [{ command: [make] }, { command: [make, test] }, { command: [make, tidy] }] }'),
      ),
      '9.1/a1',
    );
    assert.deepEqual(
      steps.map(({ id }) => id),
      ['9.1/a1', '9.1/a1.2', '9.1/a1.3'],
    );
  });

  it('waits for inputs of contributing agents, with steps or without', () => {
    const plan = bound(
      inBuild('      b1: { inputs: [{ from: Infra Agent, what: addresses }], covers: [Create the servers] }'),
    );
    const { steps, inputs, covers } = taskOf(plan, '9.1/b1');
    assert.deepEqual(
      { steps, inputs, covers },
      { steps: [], inputs: [{ agent: 'Infra Agent', what: 'addresses' }], covers: [1] },
    );
  });

  it('reads a milestone number as it is written, quoted or not', () => {
    const plan = bound(`milestones:\n  9.1:\n    tasks:\n      a1: { command: [make] }`);
    assert.equal(taskOf(plan, '9.1/a1').steps.length, 1);
  });
});

describe('binding criteria', () => {
  const exit = (entry: string) =>
    criterionOf(bound(`${places}milestones:\n  '9.1':\n    exit:\n      ${entry}`), '9.1/exit/1');

  const rules: readonly (readonly [string, string, string | undefined, readonly string[]])[] = [
    ['{ check: stacks }', 'no', undefined, ['9.1/exit/1/stacks']],
    ['{ approve: Stakeholder }', 'only', 'Stakeholder', []],
    ['{ approve: true }', 'only', undefined, []],
    ['{ check: stacks, approve: Lead }', 'and', 'Lead', ['9.1/exit/1/stacks']],
    ['{ check: stacks, orApprove: Lead }', 'or', 'Lead', ['9.1/exit/1/stacks']],
    [
      '{ check: [stacks, { command: [make] }, { command: [make, test] }] }',
      'no',
      undefined,
      ['9.1/exit/1/stacks', '9.1/exit/1/command', '9.1/exit/1/command.2'],
    ],
  ];
  for (const [rule, approval, role, checks] of rules) {
    it(`reads ${rule}`, () => {
      const criterion = exit(`1: ${rule}`);
      assert.deepEqual(
        [criterion.approval, roleOf(criterion), criterion.checks.map(({ id }) => id)],
        [approval, role, checks],
      );
    });
  }

  it('takes the interval of its checks in seconds', () => {
    assert.deepEqual(
      exit("'1': { check: [stacks, { command: [make] }], every: 10m }").checks.map(({ every }) => every),
      [600, 600],
    );
  });

  it('finds criteria by a unique beginning, in any case', () => {
    assert.equal(roleOf(exit('network built: { approve: Lead }')), 'Lead');
  });

  it('asks again what an earlier gate has asked, when it has a rule of its own', () => {
    assert.equal(criterionOf(bound(''), '9.1/entry/1').sameAs, 'entry/1');
    const plan = bound(`milestones: { '9.1': { entry: { 1: { approve: Lead } } } }`);
    assert.deepEqual(
      [criterionOf(plan, '9.1/entry/1').sameAs, roleOf(criterionOf(plan, '9.1/entry/1'))],
      [undefined, 'Lead'],
    );
  });

  it("binds the phase's own gates", () => {
    const plan = bound(
      `gates: { entry: { 1: { approve: Lead } }, completion: { 1: { check: { gate: '*/quality' } } } }`,
    );
    assert.equal(roleOf(criterionOf(plan, 'entry/1')), 'Lead');
    assert.equal(criterionOf(plan, 'completion/1').checks[0]?.kind, 'gate');
  });
});

describe('binding people', () => {
  it('keeps people and operators in the plan', () => {
    const plan = bound('people: { dana: { roles: [Lead] }, ines: { agents: [Infra Agent] } }\noperators: [Lead]');
    assert.deepEqual(plan.people, {
      dana: { roles: ['Lead'], agents: [] },
      ines: { roles: [], agents: ['Infra Agent'] },
    });
    assert.deepEqual(plan.operators, ['Lead']);
  });

  it('leaves an empty playbook open to everybody, and every task and criterion to people', () => {
    const { digests: _digests, ...plain } = compile(planText).plan!;
    for (const text of ['', '# nothing yet\n', '{}']) {
      const { digests, ...plan } = bound(text);
      assert.deepEqual(plan, plain);
      assert.match(digests.playbook ?? '', /^[0-9a-f]{64}$/);
    }
    assert.deepEqual(findingsIn(''), []);
  });
});

describe('digests', () => {
  it('name every template, and the missing ones', () => {
    const { digests } = bound('stacks: { network: network.yaml }', { templates: { 'network.yaml': null } });
    assert.deepEqual(digests.templates, { 'network.yaml': null });
  });
});

function roleOf({ approvers }: Criterion): string | undefined {
  return approvers?.[0]?.roles?.[0];
}
