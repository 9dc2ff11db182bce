import assert from 'node:assert/strict';
import { bound, compileWith, errorsIn, places, taskOf, templates } from '../bind-fixture.ts';
import { placeOf } from '../document-text.ts';

const build = (...tasks: string[]) =>
  `${places}milestones:\n  '9.1':\n    tasks:\n${tasks.map((one) => `      ${one}\n`).join('')}`;
const tryOut = (...tasks: string[]) => `  '9.2':\n    tasks:\n${tasks.map((one) => `      ${one}\n`).join('')}`;

const network = 'a1: { stacks: [network] }';
const keys = 'a2: { stacks: [keys] }';

describe('needs', () => {
  it('come from imports: whoever exports goes first, in whatever lane', () => {
    const plan = bound(build(network, 'b1: { stacks: [servers] }'));
    assert.deepEqual(taskOf(plan, '9.1/b1').needs, [{ task: '9.1/a1', what: 'network' }]);
    assert.deepEqual(taskOf(plan, '9.1/a1').needs, []);
  });

  it("come from references in a stack's parameters", () => {
    const text = build(network, keys, 'b1: { stacks: [servers] }').replace(
      'servers: servers.yaml',
      'servers: { template: servers.yaml, parameters: { Key: "{{stacks.keys.KeyId}}" } }',
    );
    assert.deepEqual(taskOf(bound(text), '9.1/b1').needs, [
      { task: '9.1/a1', what: 'network' },
      { task: '9.1/a2', what: 'stacks.keys.KeyId' },
    ]);
  });

  it("come from references in an environment's parameters", () => {
    const text = build(keys, 'b1: { stacks: [servers] }', 'a1: { stacks: [network] }').replace(
      'dev: { region',
      'dev: { parameters: { Key: "{{stacks.keys.KeyId}}" }, region',
    );
    assert.deepEqual(
      taskOf(bound(text), '9.1/b1').needs.map(({ task }) => task),
      ['9.1/a1', '9.1/a2'],
    );
  });

  it('come from what a person or a program tells', () => {
    const plan = bound(
      build('a2: { command: [make, "{{tasks.9.1/a1.Url}}"] }', 'b1: { command: [make, "{{tasks.9.1/a2.Id}}"] }'),
    );
    assert.deepEqual(taskOf(plan, '9.1/a2').needs, [{ task: '9.1/a1', what: 'tasks.9.1/a1.Url' }]);
    assert.deepEqual(taskOf(plan, '9.1/b1').needs, [{ task: '9.1/a2', what: 'tasks.9.1/a2.Id' }]);
  });

  it('reach into milestones before', () => {
    const plan = bound(build(network) + tryOut('a1: { stacks: [servers] }'));
    assert.deepEqual(taskOf(plan, '9.2/a1').needs, [{ task: '9.1/a1', what: 'network' }]);
  });

  it('are stated with the milestone or without', () => {
    const plan = bound(
      build('a2: { command: [make], needs: [b1] }') + tryOut('a1: { command: [make], needs: [9.1/b2] }'),
    );
    assert.deepEqual(taskOf(plan, '9.1/a2').needs, [{ task: '9.1/b1', what: 'stated' }]);
    assert.deepEqual(taskOf(plan, '9.2/a1').needs, [{ task: '9.1/b2', what: 'stated' }]);
  });

  it('of a task without steps count as well: a person waits too', () => {
    assert.deepEqual(taskOf(bound(build('a2: { needs: [b1] }')), '9.1/a2').needs, [{ task: '9.1/b1', what: 'stated' }]);
  });

  it('follow the environment: each is needed where it is deployed', () => {
    const plan = bound(
      build(
        'a1: { stacks: [network], environments: [dev] }',
        'a2: { stacks: [network], environments: [prod] }',
        'b1: { stacks: [servers], environments: [prod] }',
      ),
    );
    assert.deepEqual(taskOf(plan, '9.1/b1').needs, [{ task: '9.1/a2', what: 'network' }]);
  });

  it('within a task order its steps', () => {
    const { steps } = taskOf(bound(build('a1: { stacks: [servers, network], environments: [dev] }')), '9.1/a1');
    assert.deepEqual(
      steps.map(({ id, needs }) => [id, needs]),
      [
        ['9.1/a1/servers/dev', ['9.1/a1/network/dev']],
        ['9.1/a1/network/dev', []],
      ],
    );
  });
});

describe('needs that can never be met', () => {
  it('tasks that need each other in a circle', () => {
    const text = build('a1: { command: [make], needs: [b2] }', 'b1: { command: [make], needs: [a1] }');
    const [problem] = compileWith(text).problems;
    assert.equal(problem?.code, 'need-cycle');
    assert.match(problem.message, /9\.1\/a1 → 9\.1\/b1 → 9\.1\/b2 → 9\.1\/a1|9\.1\/a1 → 9\.1\/b2/);
    assert.equal(problem.place.line, Number(placeOf(text, 'a1:').split(':')[0]));
  });

  it('from a later milestone', () => {
    const text = build('b1: { stacks: [servers] }') + tryOut('a1: { stacks: [network] }');
    assert.deepEqual(errorsIn(text), [`need-order ${placeOf(text, 'b1:')}`]);
  });

  it('by a step that comes before what it refers to in the same task', () => {
    const text = build('a1: { steps: [{ command: [make, "{{stacks.keys.KeyId}}"] }, { stacks: [keys] }] }');
    assert.deepEqual(
      compileWith(text)
        .problems.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code),
      ['reference-environment'],
    );
    const stacks = build('a1: { steps: [{ stacks: [servers] }, { stacks: [network] }] }');
    assert.deepEqual(errorsIn(stacks), [`step-order ${placeOf(stacks, 'a1:')}`]);
  });

  it('in an environment that does not have it', () => {
    const text = build(
      'a1: { stacks: [keys], environments: [dev] }',
      'b1: { stacks: [servers], environments: [prod] }',
      'a2: { stacks: [network] }',
    ).replace(
      'servers: servers.yaml',
      'servers: { template: servers.yaml, parameters: { Key: "{{stacks.keys.KeyId}}" } }',
    );
    assert.deepEqual(errorsIn(text), [`reference-environment ${placeOf(text, 'b1:')}`]);
  });

  it('from an output that the template does not have', () => {
    const text = build(keys, network, 'b1: { stacks: [servers] }').replace(
      'servers: servers.yaml',
      'servers: { template: servers.yaml, parameters: { Key: "{{stacks.keys.KeyIdd}}" } }',
    );
    const [problem] = compileWith(text).problems;
    assert.deepEqual(
      [problem?.code, problem?.suggestion, `${String(problem?.place.line)}:${String(problem?.place.column)}`],
      ['reference-unknown', 'Did you mean "KeyId"?', placeOf(text, '"{{stacks')],
    );
  });
});

describe('a stack of the account', () => {
  it('is deployed once, and needed by every environment', () => {
    const text = build('a1: { stacks: [keys] }', 'b1: { stacks: [servers] }', 'a2: { stacks: [network] }')
      .replace('keys: keys.yaml', 'keys: { template: keys.yaml, per: account }')
      .replace(
        'servers: servers.yaml',
        'servers: { template: servers.yaml, parameters: { Key: "{{stacks.keys.KeyId}}" } }',
      );
    const plan = bound(text, { templates });
    assert.deepEqual(
      taskOf(plan, '9.1/a1').steps.map(({ environment, publishes }) => [environment, publishes]),
      [[undefined, 'stacks.keys']],
    );
    assert.deepEqual(
      taskOf(plan, '9.1/b1').needs.map(({ task }) => task),
      ['9.1/a2', '9.1/a1'],
    );
  });
});
