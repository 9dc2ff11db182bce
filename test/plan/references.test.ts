import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Json } from '../../src/base/json.ts';
import { addOutputs, mergeOutputs, referencesIn, referringTo, resolveReferences } from '../../src/plan/references.ts';

const outputs = {
  dev: { 'stacks.network': { VpcId: 'vpc-dev', Zones: 'a,b' } },
  '*': { 'stacks.network': { Zones: 'none' }, 'tasks.4.1/a1': { Url: 'https://a' } },
};

describe('references', () => {
  it('are found wherever a text is', () => {
    const found = referencesIn({
      run: ['x', '{{stacks.network.VpcId}}/{{ tasks.4.1/a1.Url }}'],
      env: { A: '{{stacks.a.B}}' },
    });
    assert.deepEqual(found, [
      { text: 'stacks.network.VpcId', address: 'stacks.network', stack: 'network', name: 'VpcId' },
      { text: 'tasks.4.1/a1.Url', address: 'tasks.4.1/a1', task: '4.1/a1', name: 'Url' },
      { text: 'stacks.a.B', address: 'stacks.a', stack: 'a', name: 'B' },
    ]);
  });

  it('are none where other programs use braces', () => {
    assert.deepEqual(referencesIn(['{{.Names}}', '{{resolve:ssm:/a/b:1}}', '{{stacks.network}}', '${X}', 5, null]), []);
  });

  it("resolve to what the step's environment has, and else to what has none", () => {
    const input = {
      vpc: 'id={{stacks.network.VpcId}}',
      all: ['{{stacks.network.Zones}}', '{{tasks.4.1/a1.Url}}'],
      n: 1,
    };
    assert.deepEqual(resolveReferences(input, outputs, 'dev'), {
      value: { vpc: 'id=vpc-dev', all: ['a,b', 'https://a'], n: 1 },
    });
    assert.deepEqual(resolveReferences('{{stacks.network.Zones}}', outputs, undefined), { value: 'none' });
  });

  it('resolve to what the environment has that they name', () => {
    assert.deepEqual(resolveReferences('{{dev:stacks.network.VpcId}}', outputs, 'prod'), { value: 'vpc-dev' });
    assert.deepEqual(resolveReferences('{{ dev:stacks.network.VpcId }}', outputs, undefined), { value: 'vpc-dev' });
    assert.ok('missing' in resolveReferences('{{prod:stacks.network.VpcId}}', outputs, 'dev'));
    const pinned = referringTo('dev', 'a {{stacks.network.VpcId}} {{prod:stacks.network.VpcId}} {{resolve:ssm:/a}}');
    assert.equal(pinned, 'a {{dev:stacks.network.VpcId}} {{prod:stacks.network.VpcId}} {{resolve:ssm:/a}}');
  });

  it('that nothing was published for are all named', () => {
    const resolved = resolveReferences(['{{stacks.network.VpcId}}', '{{stacks.network.constructor}}'], outputs, 'prod');
    assert.ok('missing' in resolved);
    assert.deepEqual(
      resolved.missing.map(({ text }) => text),
      ['stacks.network.VpcId', 'stacks.network.constructor'],
    );
  });

  it('in published texts stay as they are', () => {
    const own = addOutputs({}, 'tasks.4.1/a1', undefined, { Url: "{{stacks.network.VpcId}} $& $'" });
    assert.deepEqual(resolveReferences('{{tasks.4.1/a1.Url}}', own, 'dev'), {
      value: "{{stacks.network.VpcId}} $& $'",
    });
  });

  it('leave everything else alone', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        if (referencesIn(json).length === 0) assert.deepEqual(resolveReferences(json, outputs, 'dev'), { value: json });
      }),
    );
  });
});

describe('outputs', () => {
  it('of later steps prevail, name by name', () => {
    const merged = mergeOutputs(outputs, {
      dev: { 'stacks.network': { Zones: 'c' } },
      prod: { 'stacks.network': { VpcId: 'p' } },
    });
    assert.deepEqual(merged, {
      dev: { 'stacks.network': { VpcId: 'vpc-dev', Zones: 'c' } },
      prod: { 'stacks.network': { VpcId: 'p' } },
      '*': outputs['*'],
    });
  });
});
