import assert from 'node:assert/strict';
import { bound, compileWith, criterionOf, errorsIn, findingsIn, taskOf, templates } from '../../plan/bind-fixture.ts';

const environments = `environments:
  dev: { region: eu-west-1 }
  test: { region: eu-west-1 }
  prod: { region: eu-west-2, protected: true }
`;
const ours = `${environments}stacks: { network: network.yaml, servers: servers.yaml }\n`;
const inBuild = (head: string, tasks: string) => `${head}milestones:\n  '9.1':\n    tasks:\n${tasks}`;
const messagesOf = (playbook: string) => compileWith(playbook).problems.map(({ message }) => message);

describe('a stacks step that promotes', () => {
  const needsOf = (task: string) => {
    const { steps } = taskOf(bound(inBuild(ours, task)), '9.1/a1');
    const short = (id: string) => id.replace('9.1/a1/', '');
    return Object.fromEntries(steps.map(({ id, needs }) => [short(id), needs.map(short)]));
  };

  it('has every stack of an environment wait for all of the environment before', () => {
    assert.deepEqual(needsOf('      a1: { stacks: { names: [network, servers], promote: true } }'), {
      'network/dev': [],
      'network/test': ['network/dev', 'servers/dev'],
      'network/prod': ['network/test', 'servers/test'],
      'servers/dev': ['network/dev'],
      'servers/test': ['network/dev', 'network/test', 'servers/dev'],
      'servers/prod': ['network/test', 'network/prod', 'servers/test'],
    });
  });

  it('goes through the chosen environments only, in the order of the playbook', () => {
    assert.deepEqual(needsOf('      a1: { stacks: { names: [network], promote: true }, environments: [prod, dev] }'), {
      'network/dev': [],
      'network/prod': ['network/dev'],
    });
  });

  it('is one that says so: the long form alone deploys in parallel', () => {
    const parallel = { 'network/dev': [], 'network/test': [], 'network/prod': [] };
    assert.deepEqual(needsOf('      a1: { stacks: { names: [network] } }'), parallel);
    assert.deepEqual(needsOf('      a1: { stacks: [network] }'), parallel);
  });

  it('tells where it names what there is not', () => {
    assert.deepEqual(errorsIn(inBuild(ours, '      a1: { stacks: { names: [network, netwrok], promote: true } }')), [
      'entry 9:40',
    ]);
    assert.deepEqual(errorsIn(inBuild(ours, '      a1: { stacks: { names: [network], promoted: true } }')), [
      'key-unknown 9:41',
    ]);
  });

  it('cannot hold a stack of the account that stands between the environments', () => {
    const between = `${environments}stacks:
  network: network.yaml
  shared: { template: servers.yaml, per: account }
  edge: { template: keys.yaml, tags: { a: b }, parameters: {} }
`;
    assert.deepEqual(
      errorsIn(inBuild(between, '      a1: { stacks: { names: [network, shared], promote: true } }')),
      [],
    );
    const problems = compileWith(
      inBuild(between, '      a1: { stacks: { names: [network, shared, edge], promote: true } }'),
      { templates: { ...templates, 'keys.yaml': edge, 'servers.yaml': shared } },
    ).problems.map(({ message }) => message);
    assert.ok(problems.some((message) => message.startsWith('Stack "shared" of the account imports from')));
  });

  const shared = `Resources: { Group: { Type: AWS::SNS::Topic, Properties: { V: !ImportValue { Fn::Sub: '\${AWS::Region}-VpcId' } } } }
Outputs: { Url: { Value: x, Export: { Name: shared-url } } }`;
  const edge = 'Resources: { Edge: { Type: AWS::SNS::Topic, Properties: { V: !ImportValue shared-url } } }';
});

describe('a stack that exists already', () => {
  const existing = `${environments}stacks:
  network: { existing: 'org-{environment}-net', exports: ['\${AWS::Region}-VpcId'] }
  audit: { existing: org-audit, per: account }
  servers: servers.yaml
`;
  const task = '      a1: { stacks: [network, audit] }\n      b1: { stacks: [servers] }';

  it('is found in each environment, or once, under the name that it has', () => {
    const { steps } = taskOf(bound(inBuild(existing, task)), '9.1/a1');
    assert.deepEqual(
      steps.map(({ id, publishes, asks, input }) => [id, publishes, asks, input['stackName'], input['region']]),
      [
        ['9.1/a1/network/dev', 'stacks.network', undefined, 'org-dev-net', 'eu-west-1'],
        ['9.1/a1/network/test', 'stacks.network', undefined, 'org-test-net', 'eu-west-1'],
        ['9.1/a1/network/prod', 'stacks.network', undefined, 'org-prod-net', 'eu-west-2'],
        ['9.1/a1/audit/account', 'stacks.audit', undefined, 'org-audit', 'eu-west-1'],
      ],
    );
    assert.ok(steps.every(({ input }) => input['existing'] === true && !('template' in input)));
  });

  it('is needed by what imports its exports or refers to its outputs', () => {
    const plan = bound(inBuild(existing, task));
    assert.deepEqual(taskOf(plan, '9.1/b1').needs, [{ task: '9.1/a1', what: 'network' }]);
    const referring = existing.replace(
      'servers: servers.yaml',
      "servers: { template: servers.yaml, parameters: { Key: '{{stacks.audit.Trail}}' } }",
    );
    assert.deepEqual(errorsIn(inBuild(referring, task)), []);
    assert.deepEqual(
      findingsIn(inBuild(existing, task)).filter((one) => one.startsWith('import')),
      [],
    );
  });

  it('belongs to the check of all stacks, and to none that compares it with a template', () => {
    const exit = (check: string) => `${inBuild(existing, task)}\n    exit: { '1': { check: ${check} } }`;
    const names = (check: string, key: string) => {
      const [only] = criterionOf(bound(exit(check)), '9.1/exit/1').checks;
      return (only?.input[key] as { stackName: string }[]).map(({ stackName }) => stackName);
    };
    assert.deepEqual(names('stacks', 'stacks').length, 7);
    assert.deepEqual(names('drift', 'places'), ['phase-9-dev-servers', 'phase-9-test-servers', 'phase-9-prod-servers']);
    assert.match(messagesOf(exit('{ drift: [servers, audit] }')).join(), /"audit" is not deployed by this phase/);
  });

  it('has nothing that a deployment would need, and a name that AWS would take', () => {
    const wrong = (stack: string) => errorsIn(`${environments}stacks:\n  audit: ${stack}\n`);
    assert.deepEqual(wrong('{ existing: org-audit, template: network.yaml }'), ['shape 6:33']);
    assert.deepEqual(wrong('{ existing: org-audit, parameters: { A: b } }'), ['shape 6:33']);
    assert.deepEqual(wrong('{ exports: [a], template: network.yaml }'), ['shape 6:12']);
    assert.deepEqual(wrong('{ per: account }'), ['shape 6:3']);
    assert.deepEqual(wrong("{ existing: 'org audit' }"), ['shape 6:12']);
    assert.deepEqual(wrong("{ existing: 'org-{stage}' }"), ['existing-name 6:12']);
    assert.deepEqual(wrong("{ existing: 'org-{environment}', per: account }"), ['existing-name 6:12']);
  });
});

describe('a stack of the account', () => {
  it('is the same one, as protected, wherever a task acts', () => {
    const playbook = `${environments}stacks: { keys: { template: keys.yaml, per: account } }\n`;
    const { steps } = taskOf(bound(inBuild(playbook, '      a1: { stacks: [keys], environments: [test] }')), '9.1/a1');
    assert.deepEqual(
      steps.map(({ asks, input }) => [asks, input['stackName'], input['protected']]),
      [[true, 'phase-9-account-keys', true]],
    );
  });
});

describe('names of stacks on AWS', () => {
  const problemsOf = (environmentNames: string, stacks: string) =>
    compileWith(
      `environments: { ${environmentNames
        .split(' ')
        .map((name) => `${name}: { region: eu-west-1 }`)
        .join(', ')} }\nstacks:\n${stacks}`,
    ).problems.filter(({ code }) => code === 'stack-name');

  it('stand for one stack each', () => {
    const [problem, ...others] = problemsOf('test test-a', '  b: keys.yaml\n  a-b: keys.yaml\n');
    assert.deepEqual(others, []);
    assert.equal(
      problem?.message,
      'Stack b in test-a and stack a-b in test would both be "phase-9-test-a-b" on AWS: each would replace the other.',
    );
    assert.deepEqual([problem.severity, problem.place.line, problem.place.column], ['error', 4, 3]);
    assert.equal(problem.suggestion, 'Rename one of the stacks, or an environment.');
    assert.equal(problemsOf('test test-b', '  b: keys.yaml\n  a-b: keys.yaml\n').length, 0);
  });

  it('are not those of the account, nor of what somebody else deploys', () => {
    const messages = (given: string, stacks: string) => problemsOf(given, stacks).map(({ message }) => message);
    const clash = (words: string) => [`Stack ${words} on AWS: each would replace the other.`];
    assert.deepEqual(messages('account', '  keys: { template: keys.yaml, per: account }\n  more: keys.yaml\n'), []);
    assert.deepEqual(
      messages('dev account-a', '  a-b: { template: keys.yaml, per: account }\n  b: keys.yaml\n'),
      clash('a-b of the account and stack b in account-a would both be "phase-9-account-a-b"'),
    );
    assert.deepEqual(
      messages('dev test', "  b: keys.yaml\n  theirs: { existing: 'phase-9-{environment}-b' }\n"),
      ['dev', 'test'].flatMap((one) =>
        clash(`b in ${one} and stack theirs in ${one} would both be "phase-9-${one}-b"`),
      ),
    );
    // Nothing is done to what is only looked at.
    assert.deepEqual(messages('dev test', '  a: { existing: audit }\n  b: { existing: audit }\n'), []);
  });

  it('differ where only case does, as they do on AWS', () => {
    assert.deepEqual(problemsOf('dev', '  keys: keys.yaml\n  Keys: keys.yaml\n'), []);
  });

  it('are no longer than CloudFormation takes', () => {
    const long = 'n'.repeat(128 - 'phase-9-dev-'.length);
    assert.deepEqual(problemsOf('dev', `  ${long}: keys.yaml\n`), []);
    const [problem] = problemsOf('dev', `  ${long}n: keys.yaml\n`);
    assert.match(
      problem?.message ?? '',
      /^On AWS, stack n+ in dev would be called "phase-9-dev-n+", which has 129 chara/,
    );
    assert.equal(problem?.expected, 'at most 128 for phase folder, environment and stack together');
  });
});
