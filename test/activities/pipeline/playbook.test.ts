import assert from 'node:assert/strict';
import { bound, compileWith, criterionOf, errorsIn, places, taskOf } from '../../plan/bind-fixture.ts';
import { placeOf } from '../../plan/document-text.ts';

const pipelines = (text: string) => `${places}pipelines:\n  ${text}\n`;
const task = (step: string, entry = 'release: shop-release') =>
  `${pipelines(entry)}milestones:\n  '9.1':\n    tasks:\n      b1: ${step}\n`;
const exit = (check: string, entry = 'release: shop-release') =>
  `${pipelines(entry)}milestones:\n  '9.1':\n    exit:\n      1: { check: ${check} }\n`;

/** Playbooks with «one place marked», where the problem is to be reported, and part of what the author is told. */
const errors: readonly (readonly [name: string, text: string, code: string, told: string])[] = [
  ['an unknown pipeline', task('{ «pipeline: relaese }'), 'entry', 'Did you mean "release"?'],
  [
    'an unknown pipeline in the long form',
    task('{ pipeline: { «name: relaese } }'),
    'entry',
    'Did you mean "release"?',
  ],
  [
    'an unknown environment',
    pipelines('release: { pipeline: a, «environment: dew }'),
    'environment-unknown',
    'Did you mean "dev"?',
  ],
  ['a name that AWS does not allow', pipelines('«release: "a b"'), 'shape', 'the name of a pipeline on AWS'],
  [
    'an approval without a stage',
    pipelines('release: { pipeline: a, approvals: [«Approve] }'),
    'shape',
    'as Stage/Action',
  ],
  ['a misspelt key', pipelines('release: { pipeline: a, «aprovals: [] }'), 'key-unknown', 'Did you mean "approvals"?'],
  ['a deadline without a unit', pipelines('release: { pipeline: a, «deadline: 5 }'), 'shape', 'its unit'],
  [
    'retry and rollback at once',
    task('{ pipeline: { name: release, retry: all-actions, «rollback: Build } }'),
    'shape',
    'not both',
  ],
  [
    'variables of a retry',
    task('{ pipeline: { name: release, retry: all-actions, «variables: { A: b } } }'),
    'shape',
    'leave them out',
  ],
  [
    'an unknown way to retry',
    task('{ pipeline: { name: release, «retry: everything } }'),
    'shape',
    'failed-actions or all-actions',
  ],
  [
    'an environment that the step leaves out',
    task('{ «pipeline: release, environments: [prod] }', 'release: { pipeline: a, environment: dev }'),
    'entry',
    'belongs to environment "dev"',
  ],
  [
    'a reference to nothing',
    task('{ pipeline: release }', 'release: «"{{stacks.delivery.Name}}"'),
    'reference-unknown',
    'no task publishes',
  ],
  [
    'a template that is not there',
    pipelines('release: { pipeline: a, templates: { «app: app.yaml } }'),
    'template',
    'there is no such file',
  ],
  [
    'an unknown environment of a template',
    pipelines('release: { pipeline: a, templates: { app: { template: keys.yaml, environments: [«dew] } } }'),
    'environment-unknown',
    'Did you mean "dev"?',
  ],
  [
    'a parameter that a template does not declare',
    pipelines('release: { pipeline: a, templates: { app: { template: network.yaml, parameters: { «Cdir: a } } } }'),
    'parameter-unknown',
    'Did you mean "Cidr"?',
  ],
  ['an unknown pipeline of a check', exit('{ «pipeline: relaese }'), 'entry', 'Did you mean "release"?'],
  [
    'an alias without a function',
    exit('{ deployed: { functions: { «live: abc } } }'),
    'shape',
    'a function and its alias, as orders:live',
  ],
  ['no function', exit('{ deployed: { «functions: {} } }'), 'shape', 'at least one function'],
  [
    'an unknown environment of a check',
    exit('{ deployed: { functions: { "a:live": abc }, environments: [«dew] } }'),
    'entry',
    'Did you mean "dev"?',
  ],
];

describe('pipelines in a playbook', () => {
  for (const [name, marked, code, told] of errors) {
    it(`tells ${name}, and where`, () => {
      const text = marked.replace('«', '');
      assert.deepEqual(errorsIn(text), [`${code} ${placeOf(marked, '«')}`]);
      const [problem] = compileWith(text).problems;
      const words = [problem?.message, problem?.expected, problem?.suggestion].join(' ');
      assert.ok(words.includes(told), words);
    });
  }

  it('tells a pipeline without a region', () => {
    const text = "pipelines:\n  release: shop-release\nmilestones:\n  '9.1': {}\n";
    assert.deepEqual(errorsIn(text), ['pipeline-region 2:3']);
    assert.deepEqual(errorsIn(text.replace('shop-release', '{ pipeline: shop-release, region: eu-west-1 }')), []);
  });

  it('belong to no environment unless the playbook says so, and are where the first one is', () => {
    const [step] = taskOf(bound(task('{ pipeline: release }')), '9.1/b1').steps;
    assert.deepEqual(step, {
      hears: {},
      id: '9.1/b1/release',
      kind: 'pipeline',
      label: 'release',
      needs: [],
      profile: 'wait',
      publishes: 'tasks.9.1/b1',
      settles: true,
      input: {
        name: 'release',
        pipeline: 'shop-release',
        region: 'eu-west-1',
        variables: {},
        revisions: {},
        clears: [],
      },
    });
  });

  it('give steps their variables and revisions, which those of the step override', () => {
    const entry = `release:
    pipeline: shop-release
    environment: prod
    variables: { Colour: blue, Size: 3 }
    revisions: { Source: v1 }
    approvals: [Production/Approve]
    releaseVariable: Release
    deadline: 2h`;
    const text = task('{ pipeline: { name: release, variables: { Size: 4 }, revisions: { Image: v2 } } }', entry);
    const [step] = taskOf(bound(text), '9.1/b1').steps;
    assert.equal(step?.environment, 'prod');
    assert.equal(step.asks, true);
    assert.deepEqual(step.input, {
      name: 'release',
      pipeline: 'shop-release',
      region: 'eu-west-1',
      variables: { Colour: 'blue', Size: '4' },
      revisions: { Source: 'v1', Image: 'v2' },
      clears: ['Production/Approve'],
      releaseVariable: 'Release',
      deadlineMs: 7_200_000,
    });
  });

  it('a retry and a rollback ask for no revision', () => {
    const entry = 'release: { pipeline: shop-release, revisions: { Source: v1 } }';
    const inputOf = (step: string) => taskOf(bound(task(step, entry)), '9.1/b1').steps[0]?.input;
    const retry = inputOf('{ pipeline: { name: release, retry: failed-actions } }');
    assert.deepEqual([retry?.['retry'], retry?.['revisions']], ['failed-actions', {}]);
    const rollback = inputOf('{ pipeline: { name: release, rollback: Production } }');
    assert.deepEqual([rollback?.['rollback'], rollback?.['revisions']], ['Production', {}]);
  });

  it('a task waits for the task whose revision its pipeline releases', () => {
    const text = `${pipelines("release: { pipeline: shop-release, revisions: { Source: '{{tasks.9.1/a1.Version}}' } }")}milestones:
  '9.1':
    tasks:
      a1: { command: [make] }
      b1: { pipeline: release }
`;
    const plan = bound(text);
    assert.deepEqual(taskOf(plan, '9.1/b1').needs, [{ task: '9.1/a1', what: 'tasks.9.1/a1.Version' }]);
  });

  it('a pipeline check looks for the revisions of the playbook', () => {
    const entry = 'release: { pipeline: shop-release, revisions: { Source: v1 } }';
    const [check] = criterionOf(bound(exit('{ pipeline: release }', entry)), '9.1/exit/1').checks;
    assert.deepEqual(check?.input, {
      name: 'release',
      pipeline: 'shop-release',
      region: 'eu-west-1',
      revisions: { Source: 'v1' },
    });
  });

  it('a deployed check looks at the function of each environment', () => {
    const text = exit('{ deployed: { functions: { "shop-{environment}-api:live": abc }, environments: [prod] } }');
    const [check] = criterionOf(bound(text), '9.1/exit/1').checks;
    assert.deepEqual(check?.input, {
      aliases: [
        { environment: 'prod', region: 'eu-west-1', functionName: 'shop-prod-api', alias: 'live', digest: 'abc' },
      ],
    });
  });

  it('a scan looks at the templates of a pipeline from the milestone on that releases through it', () => {
    const text = `${pipelines(`release:
    pipeline: a
    templates:
      app: { template: network.yaml, environments: [prod], parameters: { Cidr: '{environment}' } }
      tools: keys.yaml`)}milestones:
  '9.1':
    tasks:
      a1: { stacks: [keys] }
    exit:
      1: { check: scan }
  '9.2':
    tasks:
      a1: { pipeline: release }
    exit:
      1: { check: scan }
      `;
    const scanned = (milestone: string) => {
      const [check] = criterionOf(bound(text), `${milestone}/exit/1`).checks;
      const places = check?.input['places'] as { stack: string; environment?: string; parameters: object }[];
      return places.map(({ stack, environment, parameters }) => [stack, environment, parameters]);
    };
    const isOfPipeline = ([stack]: unknown[]) => String(stack).startsWith('release/');
    assert.deepEqual(scanned('9.1').filter(isOfPipeline), []);
    assert.deepEqual(scanned('9.2').filter(isOfPipeline), [
      ['release/app', 'prod', { Cidr: 'prod' }],
      ['release/tools', 'dev', {}],
      ['release/tools', 'prod', {}],
    ]);
  });
});
