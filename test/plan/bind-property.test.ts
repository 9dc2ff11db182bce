import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { compileWith } from './bind-fixture.ts';

const words = fc.constantFrom(
  ...['people', 'operators', 'environments', 'stacks', 'gates', 'milestones', 'tasks', 'entry', 'exit', 'quality'],
  ...[
    '9.1',
    '9.2',
    'a1',
    'b2',
    '1',
    'steps',
    'covers',
    'needs',
    'inputs',
    'from',
    'check',
    'approve',
    'orApprove',
    'every',
  ],
  ...['command', 'gate', 'handover', 'network', 'network.yaml', 'Create the network', 'Infra Agent', '10m', '9.1/b1'],
  ...[
    '{{stacks.network.VpcId}}',
    '{{tasks.9.1/a1.X}}',
    'constructor',
    '__proto__',
    'toString',
    'dev',
    'region',
    '*/quality',
  ],
);
const leaves = fc.oneof(words, fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));

/** Anything that YAML can hold, made of the playbook's own words mostly, so that it gets past the first check. */
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'large', withCrossShrink: true },
    leaves,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(words, fc.string()), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const entries = fc.dictionary(words, values, { maxKeys: 4, noNullPrototype: true });
/** Playbooks whose outer parts are right. */
const playbooks = fc.record({
  environments: fc.constant({ dev: { region: 'x' } }),
  stacks: fc.constant({
    network: 'network.yaml',
    servers: { template: 'servers.yaml', parameters: { Key: '{{stacks.network.VpcId}}' } },
  }),
  milestones: fc.record({
    '9.1': fc.record({
      tasks: fc.dictionary(
        fc.constantFrom('a1', 'a2', 'b1', 'b2'),
        fc.oneof(entries, fc.constant({ stacks: ['network'] })),
      ),
      exit: fc.dictionary(fc.constantFrom('1', '2', 'Servers'), entries),
    }),
  }),
});

/** A place that an editor can open, and a sentence. */
function assertSound(text: string): void {
  const lines = text.split(/\r\n|[\r\n]/);
  for (const { place, message } of compileWith(text).problems.filter((one) => one.place.file === 'playbook.yaml')) {
    assert.ok(place.line >= 1 && place.line <= lines.length, `${place.line} of ${lines.length}`);
    assert.ok(place.column >= 1);
    assert.match(message, /\S/);
  }
}

describe('the playbook compiler never throws', () => {
  it('on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), assertSound), { numRuns: 300 });
  });

  it('on any YAML', () => {
    fc.assert(
      fc.property(values, (value) => assertSound(stringify(value))),
      { numRuns: 300 },
    );
  });

  it('on playbooks that are nearly right', () => {
    fc.assert(
      fc.property(playbooks, (value) => assertSound(stringify(value))),
      { numRuns: 300 },
    );
  });

  it('on any template', () => {
    const playbook =
      "environments: { dev: { region: x } }\nstacks: { network: network.yaml }\nmilestones: { '9.1': { tasks: { a1: { stacks: [network] } } } }";
    const sections = fc.dictionary(
      fc.constantFrom('Parameters', 'Resources', 'Outputs', 'Fn::ImportValue', 'Export'),
      values,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          values.map((value) => stringify(value)),
          sections.map((value) => stringify(value)),
        ),
        (text) => {
          compileWith(playbook, { templates: { 'network.yaml': text } });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('on nesting without end', () => {
    const steps = Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), '- '.repeat(20_000), '? '.repeat(20_000), steps]) {
      assert.equal(compileWith(text).plan, undefined);
      compileWith('stacks: { network: network.yaml }', { templates: { 'network.yaml': text } });
    }
  });

  it('on aliases that multiply without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &b${n + 1} [${Array(9).fill(`*b${n}`).join(', ')}]`,
    );
    const { problems } = compileWith(['a0: &b0 x', ...levels].join('\n'));
    assert.equal(problems[0]?.code, 'yaml');
  });
});
