import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { kinds } from '../../../src/activities/registry.ts';
import { playbookJsonSchema } from '../../../src/plan/playbook/json-schema.ts';
import { filesNamed } from '../../../src/plan/playbook/schema.ts';
import { bound, taskOf } from '../bind-fixture.ts';

const ofPhase4 = readFileSync(new URL('../../../phases/phase-4/playbook.yaml', import.meta.url), 'utf8');

describe('values of parameters', () => {
  it('reach AWS as they are written, whatever YAML would make of them', () => {
    const plan = bound(
      `
environments:
  dev: { region: x, parameters: { Account: 012345678901, Version: 1.10, On: True, Count: 014 } }
stacks: { keys: keys.yaml }
milestones: { '9.1': { tasks: { a1: { stacks: [keys] } } } }
`,
      {
        templates: {
          'keys.yaml':
            'Parameters: { Account: {Type: String}, Version: {Type: String}, On: {Type: String}, Count: {Type: String} }\nResources: {}',
        },
      },
    );
    assert.deepEqual(taskOf(plan, '9.1/a1').steps[0]?.input['parameters'], {
      Account: '012345678901',
      Version: '1.10',
      On: 'True',
      Count: '014',
    });
  });

  it('that are lists reach AWS as one text', () => {
    const plan = bound(
      `
environments: { dev: { region: x, parameters: { Zones: [a, b], Days: [7, 014] } } }
stacks: { keys: keys.yaml }
milestones: { '9.1': { tasks: { a1: { stacks: [keys] } } } }
`,
      {
        templates: {
          'keys.yaml': 'Parameters: { Zones: {Type: CommaDelimitedList}, Days: {Type: String} }\nResources: {}',
        },
      },
    );
    assert.deepEqual(taskOf(plan, '9.1/a1').steps[0]?.input['parameters'], { Zones: 'a,b', Days: '7,014' });
  });
});

describe('files that a playbook names', () => {
  it('are named once, in short form and long', () => {
    assert.deepEqual(filesNamed('stacks: { a: x.yaml, b: { template: y.yaml }, c: x.yaml, d: 5 }', kinds.sections), [
      'x.yaml',
      'y.yaml',
    ]);
  });

  it('are none in what is no playbook', () => {
    for (const text of ['', '[]', 'stacks: 5', 'stacks: [', 'a: *b'])
      assert.deepEqual(filesNamed(text, kinds.sections), []);
  });
});

describe("the playbook's JSON Schema", () => {
  const isValid = new Ajv({ strict: false }).compile(playbookJsonSchema(kinds));
  const accepts = (text: string): boolean => isValid(parse(text));

  it('accepts the playbook of phase 4', () => {
    assert.ok(accepts(ofPhase4), JSON.stringify(isValid.errors));
  });

  const task = (text: string) => `milestones: { '4.1': { tasks: { a1: ${text} } } }`;
  const criterion = (text: string) => `gates: { entry: { 1: ${text} } }`;
  for (const [text, isRight] of [
    ['', true],
    ['peeple: {}', false],
    ['environments: { dev: {} }', false],
    ['stacks: { a: { template: x, parameters: { Days: 14, On: true } } }', true],
    [task('{ stacks: [a], covers: [b] }'), true],
    [task('{ stacks: a }'), false],
    [task('{ stakcs: [a] }'), false],
    [task('{ steps: [{ command: [make] }] }'), true],
    [task('{ steps: [{ command: make }] }'), false],
    [criterion('{ check: stacks }'), true],
    [criterion('{ check: gate }'), false],
    [criterion('{ check: { gate: 4.1/exit }, approve: true }'), true],
    [criterion('{ check: [handover, { stacks: [a] }] }'), true],
    [criterion('{ check: stakcs }'), false],
  ] as const) {
    it(`${isRight ? 'accepts' : 'refuses'} ${text || 'nothing'}`, () => assert.equal(accepts(text || '{}'), isRight));
  }
});
