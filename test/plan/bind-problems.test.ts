import assert from 'node:assert/strict';
import { compileWith, errorsIn, type MarkedCase, places, unmark, withTasks } from './bind-fixture.ts';

const exit = (text: string) => `${places}milestones:\n  '9.1':\n    exit:\n      ${text}\n`;
const errors: readonly MarkedCase[] = [
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
    marked: withTasks('«a3: { command: [make] }'),
    code: 'task-unknown',
    told: 'Did you mean "a1"?',
  },
  {
    name: 'a task named like a property of every object',
    marked: withTasks('«constructor: { command: [make] }'),
    code: 'task-unknown',
  },
  {
    name: 'a stack that is not in the list',
    marked: withTasks('a1: { stacks: [«netwrok] }'),
    code: 'entry',
    told: 'Did you mean "network"?',
  },
  {
    name: 'a rerun of no step',
    marked: withTasks('a1: { «rerun: true, steps: [{ stacks: [network] }] }'),
    code: 'rerun',
    told: 'into the entry of the step',
  },
  {
    name: 'a step left out in rounds that its task does not have',
    marked: withTasks('a1: { stacks: [network], «skipIdle: true }'),
    code: 'skip-idle',
    told: 'Add "rounds"',
  },
  {
    name: 'rounds of nothing that is known',
    marked: withTasks('a1: { stacks: [network], rounds: { «isues: {} } }'),
    code: 'rounds',
  },
  {
    name: 'an output that a person delivers, at a task with steps',
    marked: withTasks('a1: { stacks: [network], «delivers: [Revision] }'),
    code: 'for-person',
    told: 'has steps',
  },
  {
    name: 'a document that is missing',
    marked: withTasks('a1: { reads: [«docs/architecture.md] }'),
    code: 'document-missing',
    told: 'docs/architecture.md',
  },
  {
    name: 'two steps in one entry',
    marked: withTasks('a1: { stacks: [network], «command: [make] }'),
    code: 'step-twice',
    told: 'a list of "steps"',
  },
  {
    name: 'a step beside a list of steps',
    marked: withTasks('a1: { stacks: [network], «steps: [{ command: [make] }] }'),
    code: 'step-twice',
  },
  {
    name: 'a listed step that does nothing',
    marked: withTasks('a1: { steps: [«{ covers: [] }] }'),
    code: 'step-missing',
  },
  {
    name: 'a bullet that nothing begins with',
    marked: withTasks('a1: { stacks: [network], covers: [«Craete the net] }'),
    code: 'bullet-unknown',
    told: 'Did you mean "Create the network"?',
  },
  {
    name: 'a bullet of another lane',
    marked: withTasks('a1: { stacks: [network], covers: [«Harden] }'),
    code: 'bullet-unknown',
    told: 'activities of lane "Network"',
  },
  {
    name: 'a beginning of several bullets, in a listed step',
    marked: withTasks('a1: { steps: [{ stacks: [network], covers: [«Create] }] }'),
    code: 'bullet-unknown',
    told: 'begins 2',
  },
  {
    name: 'an environment that does not exist',
    marked: withTasks('a1: { stacks: [network], environments: [dev, «porduction] }'),
    code: 'environment-unknown',
  },
  {
    name: 'an input from an agent that does not contribute',
    marked: withTasks('b1: { inputs: [{ «from: Trial Agent }] }'),
    code: 'contributor-unknown',
    told: '"Infra Agent"',
  },
  {
    name: 'a need for a task that does not exist',
    marked: withTasks('a1: { command: [make], needs: [«b9] }'),
    code: 'task-unknown',
    told: 'Did you mean "9.1/b1"?',
  },
  { name: 'a need for itself', marked: withTasks('a1: { command: [make], needs: [«a1] }'), code: 'need-cycle' },
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
    marked: withTasks('b1: { command: [make, «"{{stacks.network.VpcId}}"] }'),
    code: 'reference-unknown',
  },
  {
    name: 'a reference to a task that does not exist',
    marked: withTasks('b1: { command: [make, «"{{tasks.9.1/b9.Url}}"] }'),
    code: 'reference-unknown',
    told: 'Did you mean "tasks.9.1/',
  },
  {
    name: 'a reference of the wrong form',
    marked: withTasks('b1: { command: [make, «"{{stack.network.VpcId}}"] }'),
    code: 'reference-form',
    told: '{{stacks.NAME.Output}}',
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
      withTasks('a1: { stacks: [network], covers: 5 }\n      a9: {}') +
        '    exit:\n      9: { approve: Lead }\n      1: { aprove: Lead }\n',
    );
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error').map(({ code }) => code),
      ['shape', 'task-unknown', 'criterion-unknown', 'key-unknown'],
    );
  });

  it('do not draw others after them', () => {
    const text = withTasks('a1: { stakcs: [network] }\n      b1: { command: [make, "{{stacks.network.VpcId}}"] }');
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
    const { text } = unmark(withTasks('a1: { stacks: [network], needs: [a1] }'));
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
    const step = withTasks('a1: { stacks: [network], environments: [prd] }');
    assert.deepEqual(messages(step), ['There is no environment "prd".']);
    const none = "milestones: { '9.1': { exit: { '1': { check: alarms } } } }";
    assert.deepEqual(messages(none), ['The playbook deploys no stacks, so there is nothing to check.']);
  });
});
