import assert from 'node:assert/strict';
import { compileWith, errorsIn, templates, withTasks } from './bind-fixture.ts';
import { placeOf } from './document-text.ts';

describe('templates that keep one task from running', () => {
  const playbook = withTasks('a1: { stacks: [network] }\n      a2: { stacks: [keys] }');
  const at = placeOf(playbook, 'network: network.yaml');

  for (const [name, text] of [
    ['missing', null],
    ['not YAML', 'Resources: ['],
    ['no template', 'Parameters: {}'],
    ['an alias to nothing', 'Resources: { A: *b }'],
  ] as const) {
    it(`${name}: blocks the tasks that deploy it, and lets the phase start`, () => {
      const { plan, problems } = compileWith(playbook, { templates: { ...templates, 'network.yaml': text } });
      const blocking = problems.filter(({ severity }) => severity === 'error');
      assert.deepEqual(
        blocking.map(({ code, place, blocks }) => [code, `${place.line}:${place.column}`, blocks]),
        [['template', at, '9.1/a1']],
      );
      assert.ok(plan);
    });
  }

  const messagesWith = (network: string | null, servers = 'Resources: {}') =>
    compileWith(withTasks('a1: { stacks: [network] }\n      b1: { stacks: [servers] }'), {
      templates: { ...templates, 'network.yaml': network, 'servers.yaml': servers },
    }).problems.map(({ code, message }) => `${code}: ${message}`);

  it('is told apart whether there is none, or it cannot be read; what it may export is not missed', () => {
    const imports = 'Resources: { A: { P: !ImportValue VpcId } }';
    const [missing, ...others] = messagesWith(null, imports).filter((one) => !one.startsWith('stack-unused'));
    assert.match(missing ?? '', /^template: Stack network has no template, network\.yaml: there is no such file/);
    assert.deepEqual(
      others.filter((one) => one.startsWith('import')),
      [],
    );
    const [unread] = messagesWith('Resources: { A: [');
    assert.match(
      unread ?? '',
      /^template: The template of stack network, network\.yaml, cannot be read: .* in line 1\.$/,
    );
  });

  it('a capability that CloudFormation will want blocks the task too', () => {
    const iam = (type: string, properties = '') =>
      `Resources: { A: { Type: AWS::IAM::${type}, Properties: { ${properties} } } }`;
    const lacking = (network: string, capabilities = '') => {
      const given =
        capabilities === '' ? 'network.yaml' : `{ template: network.yaml, capabilities: [${capabilities}] }`;
      const text = playbook.replace('network: network.yaml', `network: ${given}`);
      return compileWith(text, { templates: { ...templates, 'network.yaml': network } }).problems.filter(
        ({ code }) => code === 'capability-missing',
      );
    };
    const [problem] = lacking(iam('Role'));
    assert.equal(problem?.message, 'Stack network lacks CAPABILITY_IAM: its template makes A.');
    assert.match(problem.suggestion ?? '', /capabilities: \[CAPABILITY_IAM\]/);
    assert.deepEqual([problem.severity, problem.blocks], ['error', '9.1/a1']);
    const named = iam('Role', 'RoleName: deployer');
    assert.match(
      lacking(named, 'CAPABILITY_IAM')[0]?.message ?? '',
      /lacks CAPABILITY_NAMED_IAM: .* names of their own to A/,
    );
    for (const [network, capabilities] of [
      [iam('Role'), 'CAPABILITY_IAM'],
      [iam('Policy', 'PolicyName: a'), 'CAPABILITY_IAM'],
      [iam('Role', "RoleName: !If [c, deployer, !Ref 'AWS::NoValue']"), 'CAPABILITY_IAM'],
      [named, 'CAPABILITY_NAMED_IAM'],
      [iam('OIDCProvider'), ''],
      // Macros need no capability of a change set.
      ['Transform: AWS::Serverless-2016-10-31\nResources: {}', ''],
    ] as const) {
      assert.deepEqual(lacking(network, capabilities), [], network);
    }
  });

  it('a parameter without a value blocks the task too', () => {
    const network = 'Parameters: { Cidr: { Type: String } }\nResources: {}';
    const { plan, problems } = compileWith(playbook, { templates: { ...templates, 'network.yaml': network } });
    assert.ok(plan);
    const [first, second] = problems;
    assert.deepEqual([first?.code, first?.blocks, second?.code], ['parameter-missing', '9.1/a1', 'parameter-missing']);
    assert.match(first?.message ?? '', /in dev for "Cidr"/);
    const given = playbook.replace('dev: { region', 'dev: { parameters: { Cidr: 10.0.0.0/8 }, region');
    const left = compileWith(given, { templates: { ...templates, 'network.yaml': network } }).problems;
    assert.deepEqual(
      left.filter(({ code }) => code === 'parameter-missing').map(({ message }) => /in (\w+)/.exec(message)?.[1]),
      ['prod'],
    );
    const kept = playbook.replace(
      'network: network.yaml',
      'network: { template: network.yaml, keepParameters: [Cidr] }',
    );
    assert.notEqual(kept, playbook);
    const none = compileWith(kept, { templates: { ...templates, 'network.yaml': network } }).problems;
    assert.deepEqual(
      none.filter(({ code }) => code === 'parameter-missing'),
      [],
    );
  });
});

describe('how stacks are deployed', () => {
  const stacks = (text: string) => `stacks:\n  keys: { template: keys.yaml, ${text} }\n`;
  for (const [title, text, code] of [
    ['a parameter to keep that the template does not declare', stacks('keepParameters: [Word]'), 'parameter-unknown'],
    ['a capability that AWS does not know', stacks('capabilities: [CAPABILITY_ALL]'), 'shape'],
    ['a deadline that is no length of time', stacks('deadline: soon'), 'shape'],
    ['an alarm that is no ARN', stacks('rollbackAlarms: { arns: [errors] }'), 'shape'],
    [
      'deleting in what is protected',
      'environments:\n  prod: { region: x, protected: true, recreate: true }\n',
      'shape',
    ],
  ] as const) {
    it(`cannot be ${title}`, () => {
      assert.match(errorsIn(text).join(), new RegExp(`^${code} 2:`));
    });
  }
});

describe('stacks', () => {
  it('cannot be named after a folder whose name AWS would refuse', () => {
    assert.deepEqual(errorsIn('stacks: { keys: keys.yaml }', { phase: 'phase_9' }), ['phase-name 1:1']);
  });

  it('that import from each other cannot be ordered', () => {
    const ring = (own: string, other: string) =>
      `Resources: { A: { P: !ImportValue ${other} } }\nOutputs: { O: { Value: 1, Export: { Name: ${own} } } }`;
    const given = { templates: { 'a.yaml': ring('A', 'B'), 'b.yaml': ring('B', 'A') } };
    assert.deepEqual(errorsIn('stacks:\n  a: a.yaml\n  b: b.yaml\n', given), ['stack-cycle 2:3']);
  });
});
