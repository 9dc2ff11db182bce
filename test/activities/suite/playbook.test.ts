import assert from 'node:assert/strict';
import {
  bound,
  compileWith,
  criterionOf,
  errorsIn,
  findingsIn,
  type Given,
  places,
  taskOf,
} from '../../plan/bind-fixture.ts';
import { placeOf } from '../../plan/document-text.ts';

const RUN = "run: [node, suites/run.mjs, '{environment}'], format: junit";
const given: Given = {
  templates: {
    'network.yaml': 'Resources: {}\nOutputs: { VpcId: {} }',
    'keys.yaml': 'Resources: {}',
    'servers.yaml': 'Resources: {}',
    'cases.txt': 'a\nb\n',
    'twice.txt': 'a\nb\na\n',
    'empty.txt': '\n',
    'gone.txt': null,
  },
};

const suites = (...entries: readonly string[]) => `${places}suites:\n${entries.map((one) => `  ${one}\n`).join('')}`;
const two = suites(`component: { ${RUN} }`, `api: { ${RUN} }`);
const tasks = (step: string, text = two) => `${text}milestones:\n  '9.1':\n    tasks:\n      b1: ${step}\n`;
const exit = (check: string) => `${two}milestones:\n  '9.1':\n    exit:\n      1: { check: ${check} }\n`;

/** Playbooks with «one place marked», where the problem is to be reported, and part of what the author is told. */
const errors: readonly (readonly [name: string, text: string, code: string, told: string])[] = [
  ['a suite without a format', suites('«component: { run: [node] }'), 'shape', 'format'],
  [
    'an unknown format',
    suites('component: { run: [node], «format: xunit }'),
    'shape',
    'junit, tap, mocha, jest, playwright or cucumber',
  ],
  ['a program that is a text', suites('component: { «run: node, format: tap }'), 'shape', ''],
  ['no program', suites('component: { «run: [], format: tap }'), 'shape', 'a program and its arguments'],
  ['a report outside of its folder', suites(`component: { ${RUN}, «report: ../a.xml }`), 'shape', 'without a folder'],
  ['a misspelt key', suites(`component: { ${RUN}, «timeOut: 5m }`), 'key-unknown', 'Did you mean "timeout"?'],
  ['a time limit without a unit', suites(`component: { ${RUN}, «timeout: 5 }`), 'shape', 'its unit'],
  ['too many reruns', suites(`component: { ${RUN}, selects: true, «reruns: 4 }`), 'shape', 'from 0 to 3'],
  ['reruns of a program that does not select', suites(`component: { ${RUN}, «reruns: 1 }`), 'shape', 'selects: true'],
  ['an unknown policy', suites(`component: { ${RUN}, «flaky: ignore }`), 'shape', ''],
  ['an unknown severity', suites(`component: { ${RUN}, «severity: awful }`), 'shape', ''],
  [
    'a function without an alias',
    suites(`component: { ${RUN}, revision: { functions: [«orders] } }`),
    'shape',
    'orders:live',
  ],
  ['a name that is no part of an id', suites(`«"a b": { ${RUN} }`), 'shape', 'Invalid key'],
  [
    'a case set that is missing',
    suites(`component: { ${RUN}, «cases: gone.txt }`),
    'suite-cases',
    'gone.txt is missing',
  ],
  ['a case set that is empty', suites(`component: { ${RUN}, «cases: empty.txt }`), 'suite-cases', 'names no case'],
  [
    'a case that is there twice',
    suites(`component: { ${RUN}, «cases: twice.txt }`),
    'suite-cases',
    '1 case twice, such as "a"',
  ],
  ['an unknown suite', tasks('{ «suite: componant }'), 'entry', 'Did you mean "component"?'],
  [
    'an unknown suite of several',
    tasks('{ suite: { suites: [api, «componant] } }'),
    'entry',
    'Did you mean "component"?',
  ],
  ['an unknown environment', tasks('{ suite: { suites: all, environments: [«dew] } }'), 'entry', 'Did you mean "dev"?'],
  ['only what is unknown', tasks('{ suite: { suites: all, «only: new } }'), 'shape', 'failing'],
  ['an unknown suite of a check', exit('{ suites: { suites: [«componant] } }'), 'entry', 'Did you mean "component"?'],
  [
    'an unknown suite of acceptance',
    exit('{ acceptance: { gates: [9.1/exit], suites: [«appi] } }'),
    'entry',
    'Did you mean "api"?',
  ],
  ['a gate that is none', exit('{ acceptance: { gates: [«exit] } }'), 'shape', 'a gate such as 4.2/exit'],
];

describe('suites in a playbook', () => {
  for (const [name, marked, code, told] of errors) {
    it(`tells ${name}, and where`, () => {
      const text = marked.replace('«', '');
      assert.deepEqual(errorsIn(text, given), [`${code} ${placeOf(marked, '«')}`]);
      const problem = compileWith(text, given).problems.find(({ severity }) => severity === 'error');
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      assert.ok(words.includes(told), words);
    });
  }

  it('tells a playbook without suites or environments', () => {
    const text = "milestones:\n  '9.1':\n    tasks:\n      b1: { suite: { suites: all } }\n";
    assert.deepEqual(errorsIn(text), ['entry 4:13', 'entry 4:13']);
  });

  it('run in each environment, one after the other', () => {
    const { steps } = taskOf(bound(tasks('{ suite: { suites: all } }'), given), '9.1/b1');
    assert.deepEqual(
      steps.map(({ id, environment, needs }) => [id, environment, needs]),
      [
        ['9.1/b1/component/dev', 'dev', []],
        ['9.1/b1/api/dev', 'dev', ['9.1/b1/component/dev']],
        ['9.1/b1/component/prod', 'prod', []],
        ['9.1/b1/api/prod', 'prod', ['9.1/b1/component/prod']],
      ],
    );
  });

  it('run at the same time, or in one environment, where the entry says so', () => {
    const entry = '{ suite: { suites: [api, component], environments: [dev], parallel: true, only: failing } }';
    const { steps } = taskOf(bound(tasks(entry), given), '9.1/b1');
    assert.deepEqual(
      steps.map(({ id, needs, input }) => [id, needs, input['only']]),
      [
        ['9.1/b1/api/dev', [], 'failing'],
        ['9.1/b1/component/dev', [], 'failing'],
      ],
    );
  });

  it('give steps everything that they need', () => {
    const entry = `component:
    run: [node, suites/run.mjs, '{environment}', '{{stacks.network.VpcId}}']
    format: cucumber
    cases: cases.txt
    env: { A: b }
    timeout: 2m
    component: orders
    agent: Server Agent
    severity: medium
    reruns: 1
    selects: true
    flaky: pass
    revision: { functions: ['orders-{environment}-api:live'] }`;
    const text = tasks('{ suite: component, environments: [dev] }', suites(entry)).replace(
      'tasks:',
      'tasks:\n      a1: { stacks: [network, keys, servers] }',
    );
    const [step] = taskOf(bound(text, given), '9.1/b1').steps;
    assert.deepEqual(step?.input, {
      suite: 'component',
      environment: 'dev',
      region: 'eu-west-1',
      revision: {
        functions: [{ written: 'orders-{environment}-api:live', functionName: 'orders-dev-api', alias: 'live' }],
      },
      cases: 'cases.txt',
      flaky: 'pass',
      run: ['node', 'suites/run.mjs', '{environment}', '{{stacks.network.VpcId}}'],
      env: { A: 'b' },
      timeoutMs: 120_000,
      format: 'cucumber',
      report: 'report.ndjson',
      component: 'orders',
      agent: 'Server Agent',
      severity: 'medium',
      reruns: 1,
      selects: true,
      factBytes: 120_000,
    });
    // Of the issues of a round, those of its own cases.
    assert.deepEqual(step.hears, { suites: true, issues: { suite: 'component', environment: 'dev' } });
  });

  it('share the bytes of a task among their facts', () => {
    const [step] = taskOf(bound(tasks('{ suite: { suites: all } }'), given), '9.1/b1').steps;
    assert.equal(step?.input['factBytes'], 50_000);
  });

  it('are questioned when no task runs them', () => {
    assert.deepEqual(
      findingsIn(tasks('{ suite: component }'), given).filter((one) => one.startsWith('suite')),
      ['suite-unused 10:3'],
    );
  });

  it('are looked at by a check as they stand in the playbook', () => {
    const text = exit('{ suites: { suites: [api], environments: [prod] } }');
    const [check] = criterionOf(bound(text, given), '9.1/exit/1').checks;
    assert.equal(check?.label, 'api in prod');
    assert.deepEqual(check.given, ['suites']);
    assert.deepEqual(check.input, {
      suites: [{ suite: 'api', environment: 'prod', region: 'eu-west-1', flaky: 'warn' }],
    });
  });

  it('accept the criteria of gates, which the phase answers itself', () => {
    const text = exit("{ acceptance: { gates: [9.1/exit, '*/quality', completion] } }");
    const [check] = criterionOf(bound(text, given), '9.1/exit/1').checks;
    assert.equal(check?.concerns, 'state');
    // What has told results under another name does not count.
    assert.deepEqual(check.input, { gates: ['9.1/exit', '*/quality', 'completion'], suites: ['component', 'api'] });
  });
});
