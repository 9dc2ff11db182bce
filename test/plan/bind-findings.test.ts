import assert from 'node:assert/strict';
import { compileWith, errorsIn, findingsIn, type MarkedCase, places, unmark, withTasks } from './bind-fixture.ts';
import { placeOf } from './document-text.ts';

const findings: readonly MarkedCase[] = [
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
    assert.deepEqual(findingsIn(withTasks('b1: { stacks: [servers] }')), [
      `stack-unused ${placeOf(places, 'network:')}`,
      `stack-unused ${placeOf(places, 'keys:')}`,
      `import-undeployed ${placeOf(withTasks('b1: {'), 'b1')}`,
    ]);
  });

  it('tell no import that an environment gives its name', () => {
    const given = {
      templates: {
        'a.yaml':
          "Parameters: { Environment: {} }\nOutputs: { B: { Value: 1, Export: { Name: !Sub '${Environment}-a-Id' } } }",
        'b.yaml': 'Resources: { A: { P: !ImportValue dev-a-Id } }',
      },
    };
    const playbook = [
      'environments: { dev: { region: x, parameters: { Environment: dev } } }',
      'stacks: { a: a.yaml, b: { template: b.yaml, per: account } }',
      "milestones: { '9.1': { tasks: { a1: { stacks: [b, a] } } } }",
      '',
    ].join('\n');
    assert.deepEqual(findingsIn(playbook, given), []);
  });
});
