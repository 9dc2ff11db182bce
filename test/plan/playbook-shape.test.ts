import assert from 'node:assert/strict';
import { compileWith, errorsIn, type MarkedCase, places, unmark, withTasks } from './bind-fixture.ts';

const exit = (text: string) => `${places}milestones:\n  '9.1':\n    exit:\n      ${text}\n`;
const errors: readonly MarkedCase[] = [
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
    marked: withTasks('a1: { stacks: { names: [network], «promot: true } }'),
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
    name: 'a misspelt step kind',
    marked: withTasks('a1: { «stack: [network] }'),
    code: 'key-unknown',
    told: 'Did you mean "stacks"?',
  },
  {
    name: 'a wrong value of a step kind',
    marked: withTasks('a1: { «stacks: network }'),
    code: 'shape',
    told: 'milestones.9.1.tasks.a1.stacks',
  },
  {
    name: 'a value of neither form',
    marked: withTasks('a1: { «command: make }'),
    code: 'shape',
    told: 'a list such as [node, suites/verify.mjs]',
  },
  {
    name: 'a mistake within one of two forms',
    marked: withTasks('a1: { command: { run: [make], «timeuot: 5m } }'),
    code: 'key-unknown',
    told: '"timeuot"',
  },
  { name: 'no environment at all', marked: withTasks('a1: { stacks: [network], «environments: [] }'), code: 'shape' },
  { name: 'a wrong value of a check', marked: exit('1: { check: { «stacks: network } }'), code: 'shape' },
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
    ["a task's gate", withTasks('a1: { gate: { Agreed: { approve: true }, «wait: 10m } }')],
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

describe('a playbook of another form than it has', () => {
  for (const { name, marked, code, told } of errors) {
    it(`tells ${name}, and where`, () => {
      const { text, place } = unmark(marked);
      assert.deepEqual(errorsIn(text), [`${code} ${place}`]);
      const [problem] = compileWith(text).problems;
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      if (told !== undefined) assert.ok(words.includes(told), words);
    });
  }
});
