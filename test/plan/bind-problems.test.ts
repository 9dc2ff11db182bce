import assert from 'node:assert/strict';
import { compileWith, errorsIn, findingsIn, places, templates } from './bind-fixture.ts';
import { placeOf } from './document-text.ts';

interface Case {
  readonly name: string;
  /** A playbook with «one place marked», where the problem is to be reported. */
  readonly marked: string;
  readonly code: string;
  /** Part of what the author is told: message, expectation or suggestion. */
  readonly told?: string;
}

const tasks = (text: string) => `${places}milestones:\n  '9.1':\n    tasks:\n      ${text}\n`;
const exit = (text: string) => `${places}milestones:\n  '9.1':\n    exit:\n      ${text}\n`;

const errors: readonly Case[] = [
  { name: 'broken YAML', marked: 'people: [«', code: 'yaml' },
  { name: 'the same key twice', marked: 'people: {}\n«people: {}\n', code: 'yaml' },
  { name: 'the same milestone twice, quoted and not', marked: "milestones:\n  9.1: {}\n  «'9.1': {}\n", code: 'yaml' },
  { name: 'an alias to nothing', marked: '«people: *nobody\n', code: 'yaml', told: 'nobody' },
  { name: 'a list for a key', marked: 'people:\n  «[a]: {}\n', code: 'yaml', told: 'A key must be a text.' },
  { name: 'a list for a playbook', marked: '«- people\n', code: 'shape', told: 'The playbook' },
  { name: 'a misspelt key at the top', marked: '«peeple: {}\n', code: 'key-unknown', told: 'Did you mean "people"?' },
  {
    name: 'a misspelt key of a person',
    marked: 'people:\n  dana: { «role: [Lead] }\n',
    code: 'key-unknown',
    told: 'Did you mean "roles"?',
  },
  {
    name: 'a misspelt key of a kind of step',
    marked: tasks('a1: { stacks: { names: [network], «promot: true } }'),
    code: 'key-unknown',
    told: 'Did you mean "promote"?',
  },
  {
    name: 'a misspelt option of a check',
    marked: exit("'1': { check: { alarms: { «environmnts: [dev] } } }"),
    code: 'key-unknown',
    told: 'Did you mean "environments"?',
  },
  {
    name: 'an option that a check does not have',
    marked: exit("'1': { check: { alarms: { «every: 5m } } }"),
    code: 'key-unknown',
    told: 'one of "stacks", "environments"',
  },
  { name: 'a wrong value', marked: 'people:\n  dana: { «roles: Lead }\n', code: 'shape', told: 'people.dana.roles' },
  { name: 'an environment without a region', marked: 'environments:\n  «dev: {}\n', code: 'shape', told: 'region' },
  { name: 'an environment name that AWS refuses', marked: 'environments:\n  «my_env: { region: x }\n', code: 'shape' },
  {
    name: 'a misspelt key of a stack',
    marked: 'stacks:\n  network: { template: network.yaml, «parameter: {} }\n',
    code: 'key-unknown',
    told: 'Did you mean "parameters"?',
  },
  {
    name: 'an agent that the plan does not have',
    marked: 'people:\n  ines: { agents: [«Infra Agnet] }\n',
    code: 'agent-unknown',
    told: 'Did you mean "Infra Agent"?',
  },
  {
    name: 'a milestone that the plan does not have',
    marked: "milestones:\n  «'9.3': {}\n",
    code: 'milestone-unknown',
    told: 'Did you mean "9.1"?',
  },
  {
    name: 'a task that the milestone does not have',
    marked: tasks('«a3: { command: [make] }'),
    code: 'task-unknown',
    told: 'Did you mean "a1"?',
  },
  {
    name: 'a task named like a property of every object',
    marked: tasks('«constructor: { command: [make] }'),
    code: 'task-unknown',
  },
  {
    name: 'a misspelt step kind',
    marked: tasks('a1: { «stack: [network] }'),
    code: 'key-unknown',
    told: 'Did you mean "stacks"?',
  },
  {
    name: 'a wrong value of a step kind',
    marked: tasks('a1: { «stacks: network }'),
    code: 'shape',
    told: 'milestones.9.1.tasks.a1.stacks',
  },
  {
    name: 'a value of neither form',
    marked: tasks('a1: { «command: make }'),
    code: 'shape',
    told: 'a list such as [node, suites/verify.mjs]',
  },
  {
    name: 'a mistake within one of two forms',
    marked: tasks('a1: { command: { run: [make], «timeuot: 5m } }'),
    code: 'key-unknown',
    told: '"timeuot"',
  },
  {
    name: 'a stack that is not in the list',
    marked: tasks('a1: { stacks: [«netwrok] }'),
    code: 'entry',
    told: 'Did you mean "network"?',
  },
  {
    name: 'two steps in one entry',
    marked: tasks('a1: { stacks: [network], «command: [make] }'),
    code: 'step-twice',
    told: 'a list of "steps"',
  },
  {
    name: 'a step beside a list of steps',
    marked: tasks('a1: { stacks: [network], «steps: [{ command: [make] }] }'),
    code: 'step-twice',
  },
  { name: 'a listed step that does nothing', marked: tasks('a1: { steps: [«{ covers: [] }] }'), code: 'step-missing' },
  {
    name: 'a bullet that nothing begins with',
    marked: tasks('a1: { stacks: [network], covers: [«Craete the net] }'),
    code: 'bullet-unknown',
    told: 'Did you mean "Create the network"?',
  },
  {
    name: 'a bullet of another lane',
    marked: tasks('a1: { stacks: [network], covers: [«Harden] }'),
    code: 'bullet-unknown',
    told: 'activities of lane "Network"',
  },
  {
    name: 'a beginning of several bullets, in a listed step',
    marked: tasks('a1: { steps: [{ stacks: [network], covers: [«Create] }] }'),
    code: 'bullet-unknown',
    told: 'begins 2',
  },
  {
    name: 'an environment that does not exist',
    marked: tasks('a1: { stacks: [network], environments: [dev, «porduction] }'),
    code: 'environment-unknown',
  },
  { name: 'no environment at all', marked: tasks('a1: { stacks: [network], «environments: [] }'), code: 'shape' },
  {
    name: 'an input from an agent that does not contribute',
    marked: tasks('b1: { inputs: [{ «from: Trial Agent }] }'),
    code: 'contributor-unknown',
    told: '"Infra Agent"',
  },
  {
    name: 'a need for a task that does not exist',
    marked: tasks('a1: { command: [make], needs: [«b9] }'),
    code: 'task-unknown',
    told: 'Did you mean "9.1/b1"?',
  },
  { name: 'a need for itself', marked: tasks('a1: { command: [make], needs: [«a1] }'), code: 'need-cycle' },
  {
    name: 'a criterion that nothing begins with',
    marked: exit('«Netwrok bui: { approve: Lead }'),
    code: 'criterion-unknown',
    told: 'Did you mean "Network built"?',
  },
  {
    name: 'a number beyond the criteria',
    marked: exit('«7: { approve: Lead }'),
    code: 'criterion-unknown',
    told: '3 "Servers built"',
  },
  { name: 'a beginning of two criteria', marked: exit('«Network: { approve: Lead }'), code: 'criterion-unknown' },
  {
    name: 'a criterion by number and by text',
    marked: exit('1: { approve: Lead }\n      «Network built: { approve: Lead }'),
    code: 'criterion-twice',
  },
  { name: 'a criterion with an empty entry', marked: exit('«1: {}'), code: 'criterion-empty' },
  {
    name: 'approval besides the check and instead of it',
    marked: exit('1: { check: stacks, approve: Lead, «orApprove: Lead }'),
    code: 'approval-twice',
  },
  { name: 'an alternative to nothing', marked: exit('1: { «orApprove: Lead }'), code: 'approval-alone' },
  { name: 'evidence that nobody approves', marked: exit('1: { check: stacks, «evidence: x }'), code: 'evidence-alone' },
  { name: 'evidence that no task writes', marked: exit('1: { approve: Lead, «evidence: x }'), code: 'report-unknown' },
  { name: 'an interval of no check', marked: exit('1: { approve: Lead, «every: 10m }'), code: 'interval-alone' },
  { name: 'an interval that is none', marked: exit('1: { check: stacks, «every: often }'), code: 'interval' },
  { name: 'an interval too short', marked: exit('1: { check: stacks, «every: 10ms }'), code: 'interval' },
  {
    name: 'a misspelt check',
    marked: exit('1: { «check: stakcs }'),
    code: 'check-unknown',
    told: 'Did you mean "stacks"?',
  },
  { name: 'a misspelt check in a list', marked: exit('1: { check: [stacks, «stakcs] }'), code: 'check-unknown' },
  { name: 'a misspelt check with a value', marked: exit('1: { check: { «comand: [make] } }'), code: 'check-unknown' },
  { name: 'two checks in one entry', marked: exit('1: { «check: { stacks: [network], gate: entry } }'), code: 'check' },
  { name: 'a wrong value of a check', marked: exit('1: { check: { «stacks: network } }'), code: 'shape' },
  {
    name: 'a gate that does not exist',
    marked: exit('1: { check: { «gate: 9.9/quality } }'),
    code: 'gate-unknown',
    told: 'Did you mean "9.1/quality"?',
  },
  {
    name: 'a gate that waits for itself',
    marked: exit('1: { check: { «gate: 9.1/exit } }'),
    code: 'entry',
    told: 'itself',
  },
  {
    name: 'a gate that waits for a later one',
    marked: exit('1: { check: { «gate: completion } }'),
    code: 'gate-order',
  },
  {
    name: 'a parameter that the template does not declare',
    marked: 'stacks:\n  network: { template: network.yaml, parameters: { «Cidrs: 10.0.0.0/8 } }\n',
    code: 'parameter-unknown',
    told: 'Did you mean "Cidr"?',
  },
  {
    name: 'a reference to a stack that nobody deploys',
    marked: tasks('b1: { command: [make, «"{{stacks.network.VpcId}}"] }'),
    code: 'reference-unknown',
  },
  {
    name: 'a reference to a task that does not exist',
    marked: tasks('b1: { command: [make, «"{{tasks.9.1/b9.Url}}"] }'),
    code: 'reference-unknown',
    told: 'Did you mean "tasks.9.1/',
  },
  {
    name: 'a reference of the wrong form',
    marked: tasks('b1: { command: [make, «"{{stack.network.VpcId}}"] }'),
    code: 'reference-form',
    told: '{{stacks.NAME.Output}}',
  },
  {
    name: 'a misspelt channel',
    marked: 'channels:\n  - «fiel: x\n',
    code: 'key-unknown',
    told: 'Did you mean "file"?',
  },
  {
    name: 'two channels in one entry',
    marked: 'channels: [{ webhook: { urlEnv: PHASEGATE_A }, «file: x }]\n',
    code: 'key-unknown',
    told: 'keep one of them',
  },
  { name: 'an empty channel', marked: 'channels: [«{}]\n', code: 'shape', told: 'one of {webhook:' },
  {
    name: 'a variable that is none of ours',
    marked: 'channels: [{ webhook: { «urlEnv: GITHUB_TOKEN } }]\n',
    code: 'shape',
    told: 'it begins with PHASEGATE_, such as PHASEGATE_WEBHOOK',
  },
  ...[
    ['a gate', 'gates: { completion: { «trust: signed } }\n'],
    ['a gate, with keys of its own', exit('«deadline: { after: 1h, then: reject }')],
    ["a task's gate", tasks('a1: { gate: { Agreed: { approve: true }, «wait: 10m } }')],
    ['the playbook', '«trust: signed\n'],
  ].map(([where = '', marked = '']) => ({
    name: `a rule of a policy that stands in ${where}`,
    marked,
    code: 'key-unknown',
    told: 'stand under "policy": write policy: {',
  })),
  {
    name: 'a text where a list belongs',
    marked: 'policy: { «remind: 10s }\n',
    code: 'shape',
    told: 'policy.remind: this is a list; write [10s].',
  },
  {
    name: 'a word that is none of a few',
    marked: 'policy: { «trust: sigend }\n',
    code: 'shape',
    told: 'write asserted or signed',
  },
  {
    name: 'a quorum of nobody',
    marked: exit('1: { approve: { role: Lead, «quorum: 0 } }'),
    code: 'shape',
    told: 'a whole number of people from 1 to 20; write quorum: 2',
  },
  {
    name: 'a public key that is none',
    marked: `people: { ann: { keys: [«{ kty: OKP, crv: Ed25519, x: ${'A'.repeat(43)} }] } }\n`,
    code: 'shape',
    told: 'no point of the curve',
  },
];

describe('errors of a playbook', () => {
  for (const { name, marked, code, told } of errors) {
    it(`tells ${name}, and where`, () => {
      const { text, place } = unmark(marked);
      assert.deepEqual(errorsIn(text), [`${code} ${place}`]);
      const [problem] = compileWith(text).problems;
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      if (told !== undefined) assert.ok(words.includes(told), words);
    });
  }

  it('are all told at once, also when the shape is wrong somewhere', () => {
    const { problems } = compileWith(
      tasks('a1: { stacks: [network], covers: 5 }\n      a9: {}') +
        '    exit:\n      9: { approve: Lead }\n      1: { aprove: Lead }\n',
    );
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error').map(({ code }) => code),
      ['shape', 'task-unknown', 'criterion-unknown', 'key-unknown'],
    );
  });

  it('do not draw others after them', () => {
    const text = tasks('a1: { stakcs: [network] }\n      b1: { command: [make, "{{stacks.network.VpcId}}"] }');
    assert.deepEqual(
      compileWith(text)
        .problems.filter(({ severity }) => severity === 'error')
        .map(({ code }) => code),
      ['key-unknown'],
    );
  });

  it('keep the phase from starting', () => {
    assert.equal(compileWith('peeple: {}').plan, undefined);
  });

  it('are told once, however many environments they concern', () => {
    const { text } = unmark(tasks('a1: { stacks: [network], needs: [a1] }'));
    assert.equal(errorsIn(text).length, 1);
  });
});

describe('a check of live state in an unknown environment', () => {
  it('is not told that there is nothing to check', () => {
    const messages = (text: string) =>
      compileWith(text)
        .problems.filter(({ severity }) => severity === 'error')
        .map(({ message }) => message);
    const check = exit("'1': { check: { alarms: { environments: [prd] } } }");
    assert.deepEqual(messages(check), ['There is no environment "prd".']);
    const step = tasks('a1: { stacks: [network], environments: [prd] }');
    assert.deepEqual(messages(step), ['There is no environment "prd".']);
    const none = "milestones: { '9.1': { exit: { '1': { check: alarms } } } }";
    assert.deepEqual(messages(none), ['The playbook deploys no stacks, so there is nothing to check.']);
  });
});

describe('templates that keep one task from running', () => {
  const playbook = tasks('a1: { stacks: [network] }\n      a2: { stacks: [keys] }');
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
    compileWith(tasks('a1: { stacks: [network] }\n      b1: { stacks: [servers] }'), {
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

const findings: readonly Case[] = [
  {
    name: 'a role that nobody holds',
    marked:
      'people: { dana: { roles: [Stakeholder], agents: [Infra Agent, Server Agent, Trial Agent] } }\n' +
      "environments: { test: { region: eu-west-1 } }\nmilestones: { '9.1': { exit: { 1: { check: { command: [make] }, «orApprove: Stakeholdre } } } }\n",
    code: 'role-unheld',
    told: 'Did you mean "Stakeholder"?',
  },
  {
    name: "an operators' role that nobody holds",
    marked: 'people: { dana: { agents: [Infra Agent, Server Agent, Trial Agent] } }\noperators: [«Lead]\n',
    code: 'role-unheld',
  },
  {
    name: 'an agent that nobody holds and whose tasks people do',
    marked: '«people: { dana: { agents: [Infra Agent, Server Agent] } }\n',
    code: 'agent-unheld',
    told: '9.2/a1',
  },
  {
    name: 'a bullet covered twice',
    marked:
      "milestones: { '9.1': { tasks: { a1: { covers: [Create the keys] }, a2: { covers: [«Create the keys] } } } }\n",
    code: 'bullet-twice',
    told: '9.1/a1 and 9.1/a2',
  },
  {
    name: 'a bullet that no task of an automated lane covers',
    marked: "milestones: { '9.2': { tasks: { «a1: { command: [make] } } } }\n",
    code: 'bullet-uncovered',
    told: '"Try it"',
  },
  { name: 'a stack that no task deploys', marked: 'stacks:\n  «keys: keys.yaml\n', code: 'stack-unused' },
];

describe('findings in a playbook', () => {
  for (const { name, marked, code, told } of findings) {
    it(`tell ${name}, and where`, () => {
      const { text, place } = unmark(marked);
      assert.deepEqual(errorsIn(text), []);
      assert.deepEqual(findingsIn(text), [`${code} ${place}`]);
      const problem = compileWith(text).problems.find((one) => one.code === code);
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      if (told !== undefined) assert.ok(words.includes(told), words);
    });
  }

  it('tell imports that no stack exports, and imports from stacks that no task deploys', () => {
    const imports = (name: string) => `Resources: { A: { P: !ImportValue ${name} } }`;
    const outside = { templates: { 'a.yaml': imports('Elsewhere') } };
    const playbook =
      "environments: { dev: { region: x } }\nstacks: { a: a.yaml }\nmilestones: { '9.1': { tasks: { a1: { stacks: [a] } } } }\n";
    assert.deepEqual(findingsIn(playbook, outside), ['import-outside 2:11']);
    assert.deepEqual(findingsIn(tasks('b1: { stacks: [servers] }')), [
      `stack-unused ${placeOf(places, 'network:')}`,
      `stack-unused ${placeOf(places, 'keys:')}`,
      `import-undeployed ${placeOf(tasks('b1: {'), 'b1')}`,
    ]);
  });
});

function unmark(marked: string): { text: string; place: string } {
  const place = marked.includes('«') ? placeOf(marked, '«') : '';
  return { text: marked.replace('«', ''), place };
}
